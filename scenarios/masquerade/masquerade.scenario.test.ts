import { testScenario } from '../scenario-tests.test-helper.ts'
import { masquerade } from './masquerade.ts'

testScenario(masquerade)
