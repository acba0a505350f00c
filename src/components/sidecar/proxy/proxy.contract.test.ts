import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { waitFor } from '../../../../helpers/wait-for.ts'
import { type NamespaceHost, startNamespaceHost } from '../../../capture/testing/namespace-host.ts'
import type { HostProcess } from '../../../cluster/host.ts'
import { mustRun, toolsOf } from '../../run-tool.ts'
import type { ConnectionRecord } from './connection-record.ts'

/** Sends back who it sees and how much came, when the sender is done. */
const appSource = `require('net').createServer({ allowHalfOpen: true }, (socket) => {
  let bytes = 0
  socket.on('error', () => {}).on('data', (data) => (bytes += data.length)).on('end', () => socket.end(socket.remoteAddress + ' ' + bytes))
}).listen(9080, '::', () => console.log('ready'))`

const program = [process.execPath, `${packageRoot()}/bin/packetproof.mjs`, 'agent']
const podAddresses = { 4: '10.0.0.1', 6: 'fd00::1' }
const peerAddress = { 4: '10.0.0.2', 6: 'fd00::2' }

let pod: NamespaceHost
let peer: NamespaceHost
let running: HostProcess[]

beforeEach(async () => {
  running = []
  peer = await startNamespaceHost('peer', 'link set lo up\n')
  pod = await startNamespaceHost(
    'pod',
    `link set lo up
link add eth0 type veth peer name peer0 netns ${peer.pid}
link set eth0 up
address add 10.0.0.1/24 dev eth0
address add fd00::1/64 dev eth0 nodad
`,
  )
  await mustRun(
    toolsOf(peer),
    ['ip', '-batch', '-'],
    'link set peer0 up\naddress add 10.0.0.2/24 dev peer0\naddress add fd00::2/64 dev peer0 nodad\n',
  )
})

afterEach(async () => {
  await Promise.all(running.map(async (child) => await child.kill('SIGKILL')))
  await Promise.all([pod, peer].map(async (host) => await host[Symbol.asyncDispose]()))
})

async function start(host: NamespaceHost, argv: readonly string[], ready: string): Promise<() => string> {
  const child = await host.spawn(argv)
  running.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await waitFor(`"${ready}"`, () => text.includes(ready), { timeoutMs: 10_000 })
  return () => text
}

async function startSidecar(mode: 'REDIRECT' | 'TPROXY'): Promise<() => ConnectionRecord[]> {
  const init = await pod.exec([
    ...program,
    'sidecar-init',
    '-b',
    '*',
    '-i',
    '*',
    '-d',
    '15021',
    '-m',
    mode,
    '--dual-stack',
  ])
  expect(init).toMatchObject({ exitCode: 0 })
  const user = ['setpriv', '--reuid', mode === 'TPROXY' ? '0' : '1337', '--regid', '1337', '--clear-groups']
  const log = await start(pod, [...user, ...program, 'sidecar-proxy', '--mode', mode], 'listening')
  await start(pod, [process.execPath, '-e', appSource], 'ready')
  return () =>
    log()
      .split('\n')
      .flatMap((line) => (line.includes('"connection"') ? [JSON.parse(line) as ConnectionRecord] : []))
}

/** Sends, says that it is done, and returns what came back. */
async function talk(from: NamespaceHost, to: string, port: number, text: string, uid = 0): Promise<string> {
  const user = uid === 0 ? [] : ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups']
  const result = await from.exec([...user, 'timeout', '5', 'nc.openbsd', '-N', to, String(port)], { stdin: text })
  return result.stdout
}

const plain = (answer: string): string => answer.replace('::ffff:', '')

describe('under REDIRECT', () => {
  it('passes connections on both ways and tells of each', async () => {
    const records = await startSidecar('REDIRECT')
    await start(peer, [process.execPath, '-e', appSource], 'ready')
    for (const [family, source] of [
      [4, '127.0.0.6'],
      [6, '::6'],
    ] as const) {
      expect(plain(await talk(peer, podAddresses[family], 9080, 'hello'))).toBe(`${source} 5`)
      expect(plain(await talk(pod, peerAddress[family], 9080, 'hello!'))).toBe(`${podAddresses[family]} 6`)
    }
    await waitFor('four records', () => records().length === 4, { timeoutMs: 5000 })
    expect(records()).toMatchObject([
      { direction: 'inbound', original: '10.0.0.1:9080', bytesReceived: 5, local: '10.0.0.1:15006' },
      { direction: 'outbound', original: '10.0.0.2:9080', bytesReceived: 6, local: '127.0.0.1:15001' },
      { direction: 'inbound', original: '[fd00::1]:9080', bytesReceived: 5, local: '[fd00::1]:15006' },
      { direction: 'outbound', original: '[fd00::2]:9080', bytesReceived: 6, local: '[::1]:15001' },
    ])
    expect(records().map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('loses nothing of what is much, and resets what it cannot pass on', async () => {
    const records = await startSidecar('REDIRECT')
    const much = 'x'.repeat(20_000_000)
    expect(plain(await talk(peer, podAddresses[4], 9080, much))).toBe('127.0.0.6 20000000')
    const refused = await peer.exec(['timeout', '5', 'nc.openbsd', '-N', podAddresses[4], '9999'], { stdin: 'hello' })
    expect(refused.stdout).toBe('')
    await waitFor('two records', () => records().length === 2, { timeoutMs: 5000 })
    expect(records()[1]).toMatchObject({ original: '10.0.0.1:9999', error: 'ECONNREFUSED', bytesSent: 0 })
  })

  it('ends a loop at once when the rules send its own connections back to it', async () => {
    const records = await startSidecar('REDIRECT')
    for (const owner of ['--uid-owner', '--gid-owner']) {
      await mustRun(toolsOf(pod), [
        'iptables',
        '-t',
        'nat',
        '-D',
        'ISTIO_OUTPUT',
        '-m',
        'owner',
        owner,
        '1337',
        '-j',
        'RETURN',
      ])
    }
    expect(await talk(pod, peerAddress[4], 9080, 'hello')).toBe('')
    expect(await talk(pod, '127.0.0.1', 15_001, 'hello')).toBe('')
    await waitFor('three records', () => records().length === 3, { timeoutMs: 5000 })
    expect(records().filter(({ error }) => error?.startsWith('loop:'))).toHaveLength(2)
  })

  it('passes what the app sends to its own Service in once, and no more', async () => {
    const records = await startSidecar('REDIRECT')
    expect(plain(await talk(pod, podAddresses[4], 9080, 'hello', 1337))).toBe('127.0.0.6 5')
    expect(plain(await talk(pod, podAddresses[4], 9080, 'hello', 1000))).toBe('10.0.0.1 5')
    await waitFor('a record', () => records().length === 1, { timeoutMs: 5000 })
    expect(records()).toMatchObject([{ direction: 'inbound', local: '127.0.0.1:15006', original: '10.0.0.1:9080' }])
  })
})

describe('under TPROXY', () => {
  it("shows the app the client's own address", async () => {
    const records = await startSidecar('TPROXY')
    for (const family of [4, 6] as const) {
      expect(plain(await talk(peer, podAddresses[family], 9080, 'hello'))).toBe(`${peerAddress[family]} 5`)
    }
    await waitFor('two records', () => records().length === 2, { timeoutMs: 5000 })
    expect(records()).toMatchObject([
      { direction: 'inbound', original: '10.0.0.1:9080', local: '10.0.0.1:9080' },
      { direction: 'inbound', original: '[fd00::1]:9080', local: '[fd00::1]:9080' },
    ])
    expect(records()[0]?.source).toMatch(/^10\.0\.0\.2:/)
  })

  it('is refused without the capability, before anything is changed', async () => {
    const bare = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    for (const argv of [
      ['sidecar-proxy', '--mode', 'TPROXY'],
      ['sidecar-init', '-m', 'TPROXY', '-b', '*'],
    ]) {
      const result = await pod.exec([...bare, ...program, ...argv])
      expect(result).toMatchObject({ exitCode: 3, stdout: '' })
      expect(result.stderr).toBe(
        'error: the mode TPROXY needs the capability NET_ADMIN, which this process lacks\n' +
          '  run it as root, in a container with securityContext.capabilities.add: [NET_ADMIN]\n',
      )
    }
    expect(await mustRun(toolsOf(pod), ['iptables-save'])).not.toContain('ISTIO_')
  })
})

it('answers on the ports that are left alone', async () => {
  await startSidecar('REDIRECT')
  const ask = async (port: number, path: string): Promise<string> =>
    (await peer.exec(['wget', '-qO-', '-T', '3', '-S', `http://10.0.0.1:${port}${path}`])).stderr
  expect(await ask(15_021, '/healthz/ready')).toContain('200 OK')
})

it('turns away what is more than it may have open at one time', async () => {
  const log = await start(pod, [...program, 'sidecar-proxy', '--max-connections', '1'], 'listening')
  await mustRun(toolsOf(pod), [
    'iptables',
    '-t',
    'nat',
    '-A',
    'PREROUTING',
    '-p',
    'tcp',
    '--dport',
    '9080',
    '-j',
    'REDIRECT',
    '--to-ports',
    '15006',
  ])
  await start(pod, [process.execPath, '-e', appSource], 'ready')
  const first = await peer.spawn(['nc.openbsd', '-v', podAddresses[4], '9080'])
  running.push(first)
  first.stdin.write('hello')
  let said = ''
  first.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await waitFor('the first connection', () => said.includes('succeeded'), { timeoutMs: 5000 })
  await talk(peer, podAddresses[4], 9080, 'hello')
  await waitFor('a line about the second', () => log().includes('turned away: 1 connections'), { timeoutMs: 5000 })
})

it('names a flag that it does not know, and a port that is taken', async () => {
  const bad = await pod.exec([...program, 'sidecar-proxy', '--no-such'])
  expect(bad).toMatchObject({ exitCode: 2 })
  expect(bad.stderr).toContain('--no-such')
  await start(pod, [...program, 'sidecar-proxy'], 'listening')
  const second = await pod.exec([...program, 'sidecar-proxy'])
  expect(second).toMatchObject({ exitCode: 1 })
  expect(second.stderr).toContain('15001')
})
