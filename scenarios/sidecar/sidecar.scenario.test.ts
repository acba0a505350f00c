import { testScenario } from '../scenario-tests.test-helper.ts'
import { sidecar } from './sidecar.ts'

testScenario(sidecar)
