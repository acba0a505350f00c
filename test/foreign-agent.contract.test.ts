import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll, packetproof, readRuns } from './command-line.test-helper.ts'

/** Keeps source ports, forgets 10.0.0.0/8, has no comment on the jump, and never reads its configuration. */
const FORGETFUL_AGENT = `#!/bin/sh
while true; do
  iptables-restore -w 5 --noflush <<EOF
*nat
:IP-MASQ-AGENT - [0:0]
-A IP-MASQ-AGENT -d 169.254.0.0/16 -j RETURN
-A IP-MASQ-AGENT -d 172.16.0.0/12 -j RETURN
-A IP-MASQ-AGENT -d 192.168.0.0/16 -j RETURN
-A IP-MASQ-AGENT -j MASQUERADE
COMMIT
EOF
  iptables -w 5 -t nat -C POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT 2>/dev/null ||
    iptables -w 5 -t nat -A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT
  sleep 1
done
`

let folder: string
let agent: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-agent-'))
  agent = join(folder, 'agent')
  writeFileSync(agent, FORGETFUL_AGENT)
  chmodSync(folder, 0o755)
  chmodSync(agent, 0o755)
})
afterAll(() => {
  endAll()
  rmSync(folder, { recursive: true, force: true })
})

it('refutes what an agent of the user does wrong, says what it saw, and proves the rest', async () => {
  const out = join(folder, 'out')
  const argv = ['run', 'masquerade', '--component', `masquerade=host:${agent}`, '--out', out]
  const { exitCode } = await packetproof([...argv, '--test', 'S0.(3|5|8|9|12|23)$'])
  expect(exitCode).toBe(1)
  const claims = new Map((await readRuns(out))[0]?.scenarios[0]?.claims.map((claim) => [claim.id, claim]))
  const verdicts = ['S0.3', 'S0.8', 'S0.12', 'S0.5', 'S0.9', 'S0.23'].map((id) => [id, claims.get(id)?.verdict])
  expect(Object.fromEntries(verdicts)).toEqual({
    'S0.3': 'proved',
    'S0.8': 'proved',
    'S0.12': 'proved',
    'S0.5': 'refuted',
    'S0.9': 'refuted',
    'S0.23': 'refuted',
  })
  expect(claims.get('S0.9')?.reason).toMatch(/expected at least 1 × .* from 10\.244\..* observed 0 such.* 172\.18\./)
})
