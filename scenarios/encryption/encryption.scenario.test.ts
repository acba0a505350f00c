import { testScenario } from '../scenario-tests.test-helper.ts'
import { encryption } from './encryption.ts'

testScenario(encryption)
