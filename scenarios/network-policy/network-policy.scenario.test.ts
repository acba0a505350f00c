import { testScenario } from '../scenario-tests.test-helper.ts'
import { networkPolicy } from './network-policy.ts'

testScenario(networkPolicy)
