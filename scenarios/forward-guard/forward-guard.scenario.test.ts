import { testScenario } from '../scenario-tests.test-helper.ts'
import { forwardGuard } from './forward-guard.ts'

testScenario(forwardGuard)
