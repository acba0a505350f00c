import type { Cluster } from '../cluster/cluster.ts'
import { findHost, listHosts } from '../cluster/find-host.ts'
import type { Host } from '../cluster/host.ts'
import { PacketproofError } from '../errors.ts'
import { changeRecord } from './components.ts'
import { readRecord } from './lab-record.ts'
import type { Lab } from './open-lab.ts'

/** A fault that a person puts into a lab. */
export interface LabFault {
  readonly name: string
  /** A host, or `nodes` for all of them. */
  readonly on: string
  readonly run: readonly string[]
}

/** How the state of a host that faults change is read, and put back as it was. */
const restorable = [
  { read: ['iptables-save', '-c'], write: ['iptables-restore', '-c'] },
  { read: ['ip6tables-save', '-c'], write: ['ip6tables-restore', '-c'] },
] as const

/**
 * Runs the fault's command on its hosts, and writes down what their rules were before.
 * @throws PacketproofError E_USAGE for a fault of that name, E_FAULT when the command failed on every host: then nothing is written down.
 */
export async function addFault(lab: Lab, fault: LabFault): Promise<void> {
  const present = readRecord(lab.record.name).faults
  if (present.some(({ name }) => name === fault.name)) {
    throw new PacketproofError('E_USAGE', `the lab "${lab.record.name}" has a fault "${fault.name}" already`)
  }
  const hosts = await hostsOf(lab.cluster, fault.on)
  const undo: { host: string; argv: string[]; input: string }[] = []
  const complaints: string[] = []
  for (const host of hosts) {
    const before = await readState(host)
    const result = await host.exec(fault.run)
    if (result.exitCode !== 0) {
      complaints.push(`${host.name}: ${result.stderr.trim() || `exit code ${result.exitCode ?? result.signal}`}`)
      continue
    }
    const after = await readState(host)
    for (const [index, { write }] of restorable.entries()) {
      const was = before[index] ?? ''
      if (withoutCounters(was) !== withoutCounters(after[index] ?? '')) {
        undo.push({ host: host.name, argv: [...write], input: was + emptied(after[index] ?? '', was) })
      }
    }
  }
  if (complaints.length === hosts.length) {
    throw new PacketproofError(
      'E_FAULT',
      `the fault "${fault.name}" did not take on any host: ${complaints.join('; ')}`,
    )
  }
  const { name, on, run } = fault
  changeRecord(lab.record.name, (record) => ({
    ...record,
    faults: [...record.faults, { name, on, run: [...run], undo }],
  }))
}

/**
 * Puts the rules back as they were before the fault. What an agent has changed of them since is lost until it looks again.
 * @throws PacketproofError E_USAGE when there is no such fault; E_FAULT when it changed something else than rules.
 */
export async function removeFault(lab: Lab, name: string): Promise<void> {
  const { faults } = readRecord(lab.record.name)
  const fault = faults.find((candidate) => candidate.name === name)
  if (fault === undefined) {
    throw new PacketproofError('E_USAGE', `the lab "${lab.record.name}" has no fault "${name}"`, {
      hint: faults.length === 0 ? 'it has none' : `it has: ${faults.map((other) => other.name).join(', ')}`,
    })
  }
  const known = await listHosts(lab.cluster)
  for (const { host, argv, input } of fault.undo) {
    const result = await findHost(known, host).exec(argv, { stdin: input })
    if (result.exitCode !== 0)
      throw new PacketproofError('E_FAULT', `${host}: ${argv.join(' ')}: ${result.stderr.trim()}`)
  }
  changeRecord(lab.record.name, (record) => ({
    ...record,
    faults: record.faults.filter((other) => other.name !== name),
  }))
  if (fault.undo.length === 0) {
    throw new PacketproofError('E_FAULT', `the fault "${name}" changed no rules: what it changed stays as it is`, {
      hint: `its command was: ${fault.run.join(' ')}`,
    })
  }
}

async function hostsOf(cluster: Cluster, on: string): Promise<readonly Host[]> {
  return on === 'nodes' ? cluster.nodes : [findHost(await listHosts(cluster), on)]
}

async function readState(host: Host): Promise<string[]> {
  return Promise.all(restorable.map(async ({ read }) => (await host.exec([...read])).stdout))
}

function withoutCounters(saved: string): string {
  return saved.replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, '')
}

/** For the tables that were not there before: without rules, and with the policies that tables begin with. */
function emptied(after: string, before: string): string {
  const tablesOf = (saved: string): RegExpStringIterator<RegExpExecArray> =>
    saved.matchAll(/^\*(\S+)\n([^]*?)^COMMIT$/gm)
  const known = new Set([...tablesOf(before)].map(([, name]) => name))
  return [...tablesOf(after)]
    .filter(([, name]) => !known.has(name))
    .map(([, name, body = '']) => {
      const chains = [...body.matchAll(/^:(\S+) ([A-Z]+) /gm)].map(([, chain]) => `:${chain} ACCEPT [0:0]\n`)
      return `*${name}\n${chains.join('')}COMMIT\n`
    })
    .join('')
}
