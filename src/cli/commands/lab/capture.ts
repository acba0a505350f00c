import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { startLiveCapture } from '../../../capture/live-capture.ts'
import { findHost, listHosts } from '../../../cluster/find-host.ts'
import type { Host } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { captureHosts } from '../../../explore/capture-hosts.ts'
import { nameAddresses } from '../../../explore/name-hosts.ts'
import { packetLine, packetRecord } from '../../../explore/packet-line.ts'
import { openLab } from '../../../lab/open-lab.ts'
import { listenForInterrupt } from '../../interrupt.ts'
import type { OptionValues } from '../../option-values.ts'
import { printData } from '../../output.ts'

/** `packetproof capture HOST[,HOST…] [INTERFACE] [FILTER…]` */
export async function capture(args: readonly string[], values: OptionValues): Promise<number> {
  const [names = '', device = 'any', ...filter] = args
  const file = values.text('write')
  const maxPackets = values.positive('count')
  using interrupt = listenForInterrupt(values.durationMs('timeout'), () => undefined)
  await using lab = await openLab(values.text('lab'))
  const known = await listHosts(lab.cluster)
  const hosts = names.split(',').map((name) => findHost(known, name))
  const { signal } = interrupt
  const options = {
    interface: device,
    ...(filter.length > 0 && { filter: filter.join(' ') }),
    ...(maxPackets !== undefined && { maxPackets }),
  }
  if (file !== undefined) {
    await writeCapture(hosts, file, options, signal)
    return 0
  }
  const addresses = nameAddresses(known)
  const isJson = values.text('format') === 'json'
  await captureHosts({ hosts, ...options, signal }, (packet) => {
    printData(isJson ? JSON.stringify(packetRecord(packet, addresses)) : packetLine(packet, addresses))
  })
  return 0
}

async function writeCapture(
  hosts: readonly Host[],
  file: string,
  options: Parameters<typeof startLiveCapture>[1],
  signal: AbortSignal,
): Promise<void> {
  const [host, ...others] = hosts
  if (host === undefined || others.length > 0) {
    throw new PacketproofError('E_USAGE', 'a pcap file holds the packets of one host: name one with --write', {
      hint: 'without --write the packets of several hosts are shown together',
    })
  }
  const running = await startLiveCapture(host, options)
  signal.addEventListener('abort', () => void running.stop(), { once: true })
  try {
    if (file === '-') for await (const chunk of running.pcap) process.stdout.write(chunk as Buffer)
    else await pipeline(running.pcap, createWriteStream(file))
  } finally {
    await running.stop()
  }
}
