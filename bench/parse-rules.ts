import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, PacketproofError } from '../src/errors.ts'
import type { BenchContext, Benchmark, Figure, PeerResult } from './figure.ts'
import { repeat } from './figure.ts'
import { generateRuleset } from './generate-ruleset.ts'
import { isInstalled } from './installed.ts'
import { benchProgram, isolated, runProgram } from './run-program.ts'

const RULE_COUNT = 100_000
const PEER = 'iptables-restore --test'

export const parseRules: Benchmark = {
  name: 'rules',
  what: `an iptables-save -c of ${RULE_COUNT.toLocaleString('en')} rules as kube-proxy writes them`,
  measure,
}

interface ParseRun {
  readonly parseMs: number
  readonly readMs: number
  readonly rules: number
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const path = join(context.folder, 'rules.save')
  writeFileSync(path, generateRuleset(RULE_COUNT))
  let skipped = isInstalled('iptables-restore') ? undefined : 'apt-get install iptables'
  const restored: number[] = []
  const runs = await repeat(context, parseRules.what, async () => {
    if (skipped === undefined) skipped = await restore(path, restored, context)
    const { stdout } = await runProgram(benchProgram('parse-rules', path), { signal: context.signal })
    const run = JSON.parse(stdout) as ParseRun
    if (run.rules !== RULE_COUNT)
      throw new PacketproofError('E_INTERNAL', `${run.rules} of ${RULE_COUNT} rules were read`)
    return run
  })
  rmSync(path)
  const peer: PeerResult = skipped === undefined ? { name: PEER, runs: restored } : { name: PEER, skipped }
  return [
    {
      name: 'parsing 100,000 rules',
      unit: 's',
      runs: runs.map((run) => run.parseMs / 1000),
      goal: { atMost: 0.5 },
      peers: [peer],
      limit:
        'one thread in a cold process; lines are checked and rules made, their matches are worked out when they are asked for. ' +
        'The peer does something else: it checks every option against its modules and makes the tables for the kernel',
    },
    {
      name: 'parsing 100,000 rules and comparing all of them',
      unit: 's',
      runs: runs.map((run) => (run.parseMs + run.readMs) / 1000),
      peers: [peer],
      limit: 'every match of every rule, in the order-free form that rules are compared in',
    },
  ]
}

/** Returns why it cannot be measured, if it cannot. */
async function restore(path: string, restored: number[], { signal }: BenchContext): Promise<string | undefined> {
  try {
    const run = await runProgram(isolated(['iptables-restore', '--test', '--counters', path]), { signal })
    restored.push(run.durationMs / 1000)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return messageOf(error)
  }
}
