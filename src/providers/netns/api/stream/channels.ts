/** First byte of a binary message of the `vN.channel.k8s.io` protocols. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** In order of preference. Only version 5 can close stdin. */
const served = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

type ChannelProtocol = (typeof served)[number]

/** The protocol to speak with a client that offers these. */
export function chooseProtocol(offered: Iterable<string>): ChannelProtocol | undefined {
  const set = new Set(offered)
  return served.find((protocol) => set.has(protocol))
}

/** A message of one channel. */
export function frame(channel: number, data: Buffer | string): Buffer {
  const payload = typeof data === 'string' ? Buffer.from(data) : data
  const message = Buffer.allocUnsafe(payload.length + 1)
  message[0] = channel
  payload.copy(message, 1)
  return message
}
