import { expect, test } from 'vitest'
import { chainName, setName, uniqueId, workloadInterface } from './hashes.ts'

test("a pod's interface is named after its namespace and name", () => {
  expect(workloadInterface('default', 'web-667bdcb4d8-cpvbb')).toBe('cali96bc57f337a')
  expect(workloadInterface('namespace', 'podname', 'eni')).toBe('eni82111e10a96')
})

test('a chain whose name would be too long is named by a hash', () => {
  expect(chainName('cali-pi-', 'default.web-deny-all')).toBe('cali-pi-default.web-deny-all')
  expect(chainName('cali-pi-', 'knp/default/web-deny-all')).toBe('cali-pi-_gFMMQkM8R5TQh-Mz37B')
  expect(chainName('cali-pi-', 'default/knp.default.web-deny-all')).toBe('cali-pi-_IDb4Gbl3P1MtRtVzfEP')
  expect(chainName('cali-pi-', '_'.padEnd(20, 'x'))).toMatch(/^cali-pi-_.{19}$/)
  expect(chainName('cali-pi-', '_'.padEnd(20, 'x'))).not.toBe(`cali-pi-${'_'.padEnd(20, 'x')}`)
})

test('a set is named after what it selects, as far as ipset allows', () => {
  expect(uniqueId('s', 'all()')).toBe('s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug')
  const role =
    '(projectcalico.org/namespace == "myns" && (projectcalico.org/orchestrator == "k8s" && role == "frontend"))'
  expect(setName(4, uniqueId('s', role))).toBe('cali40s:MnczOEb76CElju7rWE07XcO')
  expect(setName(6, uniqueId('s', role))).toBe('cali60s:MnczOEb76CElju7rWE07XcO')
})
