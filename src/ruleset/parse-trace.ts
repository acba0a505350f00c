import type { Trace, TracedPacket, TraceHop } from './trace.ts'

interface OpenTrace {
  readonly id: string
  readonly family: 4 | 6
  packet: TracedPacket | undefined
  readonly hops: TraceHop[]
}

/** xtables-monitor 1.8 does not know every verdict's name and prints the number (NFT_RETURN and its like in nf_tables.h). */
const numericVerdicts: Readonly<Record<string, string>> = {
  '0xffffffff': 'CONTINUE',
  '0xfffffffe': 'BREAK',
  '0xfffffffd': 'JUMP',
  '0xfffffffc': 'GOTO',
  '0xfffffffb': 'RETURN',
}

/**
 * The traces in what `xtables-monitor --trace` prints, or in kernel log lines of the legacy TRACE target
 * (`TRACE: nat:POSTROUTING:rule:1 IN= OUT=eth0 SRC=…`), in order of their first packet. Other lines (events, boot log)
 * are passed over, so an empty result means that nothing was traced.
 */
export function traceOf(lines: readonly string[]): Trace[] {
  const traces = new Map<string, OpenTrace>()
  for (const line of lines) {
    if (!readMonitorLine(line, traces)) readLogLine(line, traces)
  }
  return [...traces.values()].map(({ id, family, hops }) => ({ id, family, hops }))
}

function readMonitorLine(line: string, traces: Map<string, OpenTrace>): boolean {
  const parts = /^\s*(PACKET|TRACE): (2|10) ([\da-f]+) (.*)$/.exec(line)
  if (parts === null) return false
  const [, kind, familyNumber, id = '', rest = ''] = parts
  const trace = openTrace(traces, id, familyNumber === '2' ? 4 : 6)
  if (kind === 'PACKET') {
    trace.packet = packetOf(rest)
    return true
  }
  const hop = /^([^:\s]+):([^:\s]+):(rule|return|policy):?(\S*)\s*(.*)$/.exec(rest)
  if (hop === null) return false
  const [, table = '', chain = '', what = '', detail = '', command = ''] = hop
  const [handle, verdict, jumpsTo] = what === 'rule' ? detail.split(':') : [undefined, ...detail.split(':')]
  const rule = /(-A .*)$/.exec(command)?.[1]?.trim()
  trace.hops.push({
    table,
    chain,
    kind: what as TraceHop['kind'],
    ...(handle === undefined || handle === '' ? {} : { handle: Number(handle) }),
    ...(verdict === undefined || verdict === '' ? {} : { verdict: numericVerdicts[verdict] ?? verdict }),
    ...(jumpsTo === undefined ? {} : { jumpsTo }),
    ...(rule === undefined ? {} : { rule }),
    packet: trace.packet ?? packetOf(''),
  })
  return true
}

function readLogLine(line: string, traces: Map<string, OpenTrace>): void {
  const parts = /TRACE: ([^:\s]+):([^:\s]+):(rule|return|policy):(\d+) (IN=.*)$/.exec(line)
  if (parts === null) return
  const [, table = '', chain = '', what, number, rest = ''] = parts
  const packet = packetOf(rest)
  const trace = openTrace(traces, logId(packet), packet.source.includes(':') ? 6 : 4)
  trace.hops.push({ table, chain, kind: what as TraceHop['kind'], ruleNumber: Number(number), packet })
}

function openTrace(traces: Map<string, OpenTrace>, id: string, family: 4 | 6): OpenTrace {
  const known = traces.get(id)
  if (known !== undefined) return known
  const made: OpenTrace = { id, family, packet: undefined, hops: [] }
  traces.set(id, made)
  return made
}

/** Addresses, ports and ICMP ids are NAT's to change; the IP id, sequence numbers and length are not. */
function logId({ fields }: TracedPacket): string {
  const kept =
    fields['ID'] === undefined || fields['ID'] === '0' ? ['SEQ', 'ACK', 'LEN', 'FLOWLBL'] : ['ID', 'SEQ', 'LEN']
  return [fields['PROTO'] ?? '', ...kept.map((name) => `${name}=${fields[name] ?? ''}`)].join(' ')
}

function packetOf(text: string): TracedPacket {
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/(?:^| )([A-Z]\w*)=(\S*)/g)) {
    // an ICMP error quotes the packet that caused it, with the same names: the first ones are the outer packet's
    fields[name] ??= value
  }
  const flags = text.match(/(?:^| )(SYN|ACK|FIN|RST|DF|LOOPBACK)(?= |$)/g) ?? []
  for (const flag of flags) fields[flag.trim()] ??= ''
  const { IN, OUT, SRC, DST, PROTO, SPT, SPORT, DPT, DPORT, MARK } = fields
  const sourcePort = SPT ?? SPORT
  const destinationPort = DPT ?? DPORT
  return {
    ...(IN === undefined || IN === '' ? {} : { inInterface: IN }),
    ...(OUT === undefined || OUT === '' ? {} : { outInterface: OUT }),
    source: SRC ?? '',
    destination: DST ?? '',
    ...(PROTO === undefined ? {} : { protocol: PROTO }),
    ...(sourcePort === undefined ? {} : { sourcePort: Number(sourcePort) }),
    ...(destinationPort === undefined ? {} : { destinationPort: Number(destinationPort) }),
    ...(MARK === undefined ? {} : { mark: MARK }),
    fields,
  }
}
