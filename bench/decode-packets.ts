import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PacketproofError } from '../src/errors.ts'
import type { BenchContext, Benchmark, Figure, PeerResult } from './figure.ts'
import { repeat } from './figure.ts'
import { generatePcap } from './generate-pcap.ts'
import { isInstalled } from './installed.ts'
import { benchProgram, runProgram } from './run-program.ts'

const PACKET_COUNT = 1_000_000
const COMPARED_COUNT = 10_000

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
]

const tsharkCommand = (path: string): readonly string[] => {
  return ['tshark', '-n', '-r', path, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])]
}
const tcpdumpCommand = (path: string): readonly string[] => ['tcpdump', '-nr', path]
const ourCommand = (path: string): readonly string[] => benchProgram('decode-packets', path)

export const decodePackets: Benchmark = {
  name: 'decode',
  what: `${PACKET_COUNT.toLocaleString('en')} packets: number, time, addresses, protocol and ports of each, as text`,
  measure,
}

async function measure(context: BenchContext): Promise<readonly Figure[]> {
  const path = join(context.folder, 'packets.pcap')
  context.say(`writing ${PACKET_COUNT} packets`)
  generatePcap(path, PACKET_COUNT)
  const hasTshark = isInstalled('tshark')
  const hasTcpdump = isInstalled('tcpdump')
  if (hasTshark) await compareOutputs(context)
  const runs = await repeat(context, decodePackets.what, async () => ({
    ours: await time(ourCommand(path), context),
    tshark: hasTshark ? await time(tsharkCommand(path), context) : 0,
    tcpdump: hasTcpdump ? await time(tcpdumpCommand(path), context) : 0,
  }))
  rmSync(path)
  const peers: readonly PeerResult[] = [
    hasTshark
      ? { name: 'tshark -T fields', runs: runs.map((run) => run.tshark) }
      : { name: 'tshark -T fields', skipped: 'apt-get install tshark' },
    hasTcpdump
      ? { name: 'tcpdump -nr (other fields)', runs: runs.map((run) => run.tcpdump) }
      : { name: 'tcpdump -nr', skipped: 'apt-get install tcpdump' },
  ]
  return [
    {
      name: 'decoding 1,000,000 packets, whole process',
      unit: 's',
      runs: runs.map((run) => run.ours),
      goal: { timesBetter: 10 },
      peers,
      limit: 'one thread, which decodes all layers of every packet, wanted or not, and then makes the text',
    },
  ]
}

async function time(argv: readonly string[], { signal }: BenchContext): Promise<number> {
  return (await runProgram(argv, { signal, output: 'discard' })).durationMs / 1000
}

/** A comparison of speed says something only when both print the same. */
async function compareOutputs({ folder, signal }: BenchContext): Promise<void> {
  const path = join(folder, 'compared.pcap')
  generatePcap(path, COMPARED_COUNT)
  const ours = (await runProgram(ourCommand(path), { signal })).stdout.split('\n')
  const theirs = (await runProgram(tsharkCommand(path), { signal })).stdout.split('\n')
  const at = ours.findIndex((line, index) => line !== theirs[index])
  if (at < 0 && ours.length === theirs.length && ours.length > COMPARED_COUNT) return
  const line = Math.max(at, 0)
  throw new PacketproofError(
    'E_INTERNAL',
    `tshark reads packet ${line + 1} otherwise: "${theirs[line] ?? ''}", expected "${ours[line] ?? ''}"`,
  )
}
