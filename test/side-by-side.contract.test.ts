import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll, packetproof, readRuns } from './command-line.test-helper.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-beside-'))
})
afterAll(() => {
  endAll()
  rmSync(folder, { recursive: true, force: true })
})

it('runs two clusters of the same addresses at once, and each proves its claims', async () => {
  const outs = [join(folder, 'one'), join(folder, 'two')]
  const argv = ['run', 'masquerade', '--test', 'S0.(1|3|5|9|12)$']
  const outcomes = await Promise.all(outs.map((out) => packetproof([...argv, '--out', out])))
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  for (const out of outs) expect((await readRuns(out)).map((run) => run.scenarios[0]?.status)).toEqual(['passed'])
})

it('proves faults of a file: caught, survived, and those that could not be injected', async () => {
  const path = join(folder, 'faults.yaml')
  writeFileSync(
    path,
    `- { name: udp-only, on: nodes, run: [iptables, -w, 5, -I, FORWARD, 1, -p, udp, -j, DROP] }
- { name: not-tracked, on: nodes, run: [iptables, -w, 5, -t, raw, -I, PREROUTING, 1, -p, icmp, -j, CT, --notrack] }
- { name: harmless, on: nodes, run: ["true"] }
- { name: failing, on: nodes, run: [sh, -c, "echo no such thing >&2; exit 7"] }
- { name: nowhere, on: worker-9, run: ["true"] }
`,
  )
  const out = join(folder, 'faults')
  const names = ['udp-only', 'not-tracked', 'harmless', 'failing', 'nowhere']
  const only = names.flatMap((name) => ['--only-fault', name])
  const argv = ['prove', 'masquerade', '--fault', path, ...only, '--test', 'S0.(1|5)$', '--until-caught', '--out', out]
  expect((await packetproof(argv)).exitCode).toBe(1)
  const faults = (await readRuns(out))[0]?.scenarios[0]?.faults ?? []
  expect(faults.map(({ name, injected, caught }) => ({ name, injected, caught }))).toEqual([
    { name: 'udp-only', injected: true, caught: true },
    { name: 'not-tracked', injected: true, caught: true },
    { name: 'harmless', injected: true, caught: false },
    { name: 'failing', injected: false, caught: false },
    { name: 'nowhere', injected: false, caught: false },
  ])
  expect(faults[3]?.injectionError).toContain('exit code 7: no such thing')
  expect(faults[4]?.injectionError).toContain('there is no host "worker-9"')
})
