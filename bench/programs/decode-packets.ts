/** Prints the fields of `tshark -T fields` (see ../decode-packets.ts) of every packet of the pcap file that the argument names. */
import { writeSync } from 'node:fs'
import { eachPacket } from '../../src/capture/read-pcap.ts'

const FLUSH_LENGTH = 1 << 20
let text = ''

function flush(): void {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
  text = ''
}

await eachPacket(process.argv[2] ?? '', ({ index, timestampUs, ip, tcp, udp }) => {
  const microseconds = String(timestampUs % 1_000_000).padStart(6, '0')
  const time = `${Math.trunc(timestampUs / 1_000_000)}.${microseconds}000`
  const addresses = `${ip?.source ?? ''}\t${ip?.destination ?? ''}\t${ip?.protocol ?? ''}`
  const tcpPorts = `${tcp?.sourcePort ?? ''}\t${tcp?.destinationPort ?? ''}`
  const udpPorts = `${udp?.sourcePort ?? ''}\t${udp?.destinationPort ?? ''}`
  text += `${index}\t${time}\t${addresses}\t${tcpPorts}\t${udpPorts}\n`
  if (text.length > FLUSH_LENGTH) flush()
})
flush()
