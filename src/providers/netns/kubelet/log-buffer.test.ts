import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { LogBuffer, type LogReadOptions } from './log-buffer.ts'

const never = new AbortController().signal

async function read(logs: LogBuffer, options: Partial<LogReadOptions> = {}): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of logs.read({ follow: false, timestamps: false, signal: never, ...options }))
    chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function logsOf(...writes: string[]): Promise<LogBuffer> {
  const logs = new LogBuffer()
  const stream = new PassThrough()
  logs.capture(stream)
  for (const text of writes) stream.write(text)
  const closed = new Promise((resolve) => stream.once('close', resolve))
  stream.end()
  await closed
  return logs
}

describe('LogBuffer', () => {
  it('yields what was written, also without a last newline', async () => {
    expect(await read(await logsOf('a\nb', 'c\n', 'd'))).toBe('a\nbc\nd')
  })
  it('yields the last lines only', async () => {
    const logs = await logsOf('a\nb\nc\n')
    expect(await read(logs, { tailLines: 2 })).toBe('b\nc\n')
    expect(await read(logs, { tailLines: 0 })).toBe('')
    expect(await read(logs, { tailLines: 9 })).toBe('a\nb\nc\n')
  })
  it('cuts at a number of bytes', async () => {
    expect(await read(await logsOf('abc\ndef\n'), { limitBytes: 5 })).toBe('abc\nd')
  })
  it('puts a time before each line', async () => {
    const lines = (await read(await logsOf('a\nb\n'), { timestamps: true })).trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z [ab]$/)
  })
  it('follows until the stream ends', async () => {
    const logs = new LogBuffer()
    const stream = new PassThrough()
    logs.capture(stream)
    stream.write('early\n')
    const reading = read(logs, { follow: true })
    setImmediate(() => stream.end('late\n'))
    expect(await reading).toBe('early\nlate\n')
  })
  it('stops following when it is told to', async () => {
    const logs = new LogBuffer()
    logs.capture(new PassThrough())
    const abort = new AbortController()
    const reading = read(logs, { follow: true, signal: abort.signal })
    setImmediate(() => abort.abort())
    expect(await reading).toBe('')
  })
  it('forgets the oldest lines beyond its bound', async () => {
    const line = `${'x'.repeat(999)}\n`
    const text = await read(await logsOf(...Array.from({ length: 12_000 }, () => line), 'last\n'))
    expect(text.length).toBeLessThan(10.5 * 1024 * 1024)
    expect(text.endsWith('last\n')).toBe(true)
  })
})
