import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { descendantsOf, ProcessWatch } from '../helpers/processes.test-helper.ts'
import { waitFor } from '../helpers/wait-for.ts'
import { statusOf } from '../src/report/summary.ts'
import { endAll, readRuns, startPacketproof } from './command-line.test-helper.ts'

/** More of them look at more moments: PACKETPROOF_KILLS=50 npm run contract -- test/interrupt */
const randomKills = Number(process.env['PACKETPROOF_KILLS'] ?? 1)

/** What the machine itself shows to everyone; counters are left out, for others may send packets. */
function machineState(): string {
  const state = ['link', 'route', 'rule'].map((what) => execFileSync('ip', ['-o', what]).toString())
  const rules = execFileSync('iptables-save')
    .toString()
    .replaceAll(/^#.*$|\[\d+:\d+\]/gm, '')
  return [...state, rules, readFileSync('/proc/self/mounts', 'utf8')].join('\n')
}

async function nothingRemainsOf(processes: ProcessWatch): Promise<void> {
  await waitFor('an end of every process of the run', () => processes.remains().length === 0, { timeoutMs: 20_000 })
}

let out: string
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'packetproof-interrupt-'))
})
afterEach(() => {
  endAll()
  rmSync(out, { recursive: true, force: true })
})

const moments = {
  'while the cluster is made': /create the cluster …/,
  'while packets are captured': /send, capture and count …/,
  'while the agents reload': /change the configuration under the running agents …/,
} as const

describe('a run that is interrupted', () => {
  it.each([
    ['SIGINT', 130, 'while the cluster is made', 'process'],
    ['SIGTERM', 143, 'while packets are captured', 'process'],
    ['SIGINT', 130, 'while packets are captured', 'group'],
    ['SIGHUP', 129, 'while the agents reload', 'group'],
  ] as const)('by %s ends with %d %s, sent to the %s, and reports what it knows', async (signal, code, moment, to) => {
    const before = machineState()
    const run = startPacketproof(['run', 'masquerade', '--out', out, '-v'])
    await run.said(moments[moment])
    using processes = new ProcessWatch().addDescendantsOf(run.pid)
    process.kill(to === 'group' ? -run.pid : run.pid, signal)
    const { exitCode, stderr } = await run.ended
    expect({ exitCode, crashed: /\n {4}at |is a fault of packetproof/.test(stderr) }).toEqual({
      exitCode: code,
      crashed: false,
    })
    await nothingRemainsOf(processes)
    expect(machineState()).toBe(before)
    const [report] = await readRuns(out)
    expect(report?.interrupted).toEqual({ signal })
    expect(report?.scenarios[0]?.status).toBe('interrupted')
    expect(report?.scenarios[0]?.claims.filter(({ verdict }) => verdict === 'not-tested').length).toBeGreaterThan(1)
    const [folder = ''] = readdirSync(out)
    expect(readdirSync(join(out, folder))).toEqual(
      expect.arrayContaining(['index.html', 'junit.xml', 'run.json', 'summary.md']),
    )
  })

  it('proves no survival of a fault that it had no time to catch', async () => {
    const run = startPacketproof(['prove', 'masquerade', '--test', 'S0.12$', '--out', out])
    await run.said(/fault: masquerade-missing …/)
    using processes = new ProcessWatch().addDescendantsOf(run.pid)
    process.kill(run.pid, 'SIGINT')
    expect((await run.ended).exitCode).toBe(130)
    await nothingRemainsOf(processes)
    const [report] = await readRuns(out)
    expect(report?.scenarios[0]?.faults?.filter(({ caught }) => !caught)).toEqual([])
    expect(report && statusOf(report)).toBe('interrupted')
  })
})

describe('a run that is killed', () => {
  it.each(Array.from({ length: randomKills }, () => Math.round(Math.random() * 6000)))(
    'after %d ms leaves no process, and nothing on the machine',
    async (delayMs) => {
      const before = machineState()
      const run = startPacketproof(['run', 'masquerade', '--out', out])
      using seen = new ProcessWatch()
      const deadline = performance.now() + delayMs
      // A random moment is the very thing under test; whatever it starts until then is noted.
      await waitFor(
        'the moment',
        () => {
          seen.addDescendantsOf(run.pid)
          return performance.now() >= deadline
        },
        { timeoutMs: delayMs + 1000 },
      )
      process.kill(run.pid, 'SIGKILL')
      expect((await run.ended).signal).toBe('SIGKILL')
      await nothingRemainsOf(seen)
      expect(machineState()).toBe(before)
    },
  )
})

describe('a run whose cluster is killed', () => {
  it('ends with one error that says so, and a report', async () => {
    const run = startPacketproof(['run', 'masquerade', '--test', 'S0.(1|5|25)$', '--out', out, '-v'])
    await run.said(moments['while packets are captured'])
    using processes = new ProcessWatch().addDescendantsOf(run.pid)
    const server = descendantsOf(run.pid).find(({ parent, pid }) => parent === run.pid && descendantsOf(pid).length > 0)
    process.kill(server?.pid ?? -1, 'SIGKILL')
    expect((await run.ended).exitCode).toBe(1)
    await nothingRemainsOf(processes)
    const [report] = await readRuns(out)
    expect(report?.scenarios[0]).toMatchObject({
      status: 'error',
      error: { code: 'E_CLUSTER', message: expect.stringContaining('died') as string },
    })
    expect(report?.scenarios[0]?.claims.filter(({ verdict }) => verdict === 'proved')).toEqual([])
  })
})

describe('a reader that leaves early', () => {
  it('changes neither the report nor the exit code', async () => {
    const run = startPacketproof(['run', 'masquerade', '--test', 'S0.12$', '--out', out])
    await run.said(/create the cluster/)
    run.child.stderr?.destroy()
    run.child.stdout?.destroy()
    const exitCode = new Promise((resolve) => run.child.once('exit', resolve))
    await run.ended.catch(() => undefined)
    expect(await exitCode).toBe(0)
    expect((await readRuns(out))[0]?.scenarios[0]?.status).toBe('passed')
  })
})
