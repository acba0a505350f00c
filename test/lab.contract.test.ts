import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Explanation } from '../src/explain/explanation.ts'
import { readRecord } from '../src/lab/lab-record.ts'
import { endAll, type Outcome, startPacketproof } from './command-line.test-helper.ts'

/** The labs of these tests are nobody else's. */
const folder = mkdtempSync(join(tmpdir(), 'packetproof-labs-'))
const before = { XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'], DOCKER_HOST: process.env['DOCKER_HOST'] }
const labs = join(folder, 'packetproof', 'labs')

beforeAll(() => {
  process.env['XDG_RUNTIME_DIR'] = folder
  // down --all looks there, too, where other tests leave clusters on purpose.
  process.env['DOCKER_HOST'] = `unix://${folder}/no-docker.sock`
})

afterAll(async () => {
  await packetproof('down', '--all')
  endAll()
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  rmSync(folder, { recursive: true, force: true })
})

const packetproof = (...argv: readonly string[]): Promise<Outcome> => startPacketproof(argv).ended

async function succeed(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await packetproof(...argv)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}

const manifest = `
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: worker-1, containers: [{ name: c, image: busybox, command: [sleep, "3600"] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: server }
spec: { nodeName: worker-2, containers: [{ name: c, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec, --http-port=80] }] }
`

describe('a lab', () => {
  beforeAll(async () => {
    await succeed('up', '--name', 'demo')
    writeFileSync(join(folder, 'app.yaml'), manifest)
    await succeed('apply', '-f', join(folder, 'app.yaml'))
  })

  it('outlives the command that made it, and its files are its owner’s alone', async () => {
    expect(await succeed('ls')).toMatch(/^demo +running +netns +control-plane worker-1 worker-2/m)
    for (const name of ['lab.json', 'kubeconfig', 'hosts.sock']) {
      expect(statSync(join(labs, 'demo', name)).mode & 0o077).toBe(0)
    }
    expect(statSync(labs).mode & 0o077).toBe(0)
  })

  it('survives the end of the terminal that made it', async () => {
    const { keeper } = readRecord('demo')
    for (const signal of ['SIGHUP', 'SIGINT'] as const) process.kill(keeper.pid, signal)
    expect(await succeed('exec', 'worker-1', '--', 'hostname')).toBe('worker-1\n')
  })

  it('runs commands, with their input, output and exit code', async () => {
    expect(await succeed('exec', 'client', '--', 'ip', '-o', 'link', 'show', 'eth0')).toContain('eth0')
    expect(await packetproof('exec', 'worker-1', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toMatchObject({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('explains a packet, and exits with whether it was answered', async () => {
    const told = JSON.parse(await succeed('explain', 'client', 'server:80', '--format', 'json')) as Explanation
    expect(told.ending).toMatchObject({ kind: 'delivered', host: 'server' })
    const lost = await packetproof('explain', 'client', 'server:81', '--svg', join(folder, 'story.svg'))
    expect(lost).toMatchObject({ exitCode: 1, stderr: '' })
    expect(readFileSync(join(folder, 'story.svg'), 'utf8')).toMatch(/^<svg .*nothing listens there/s)
  })

  it('is broken by a fault and mended again', async () => {
    const rules = () => succeed('exec', 'worker-2', '--', 'iptables', '-S', 'FORWARD')
    const before = await rules()
    const drop = ['iptables', '-I', 'FORWARD', '-p', 'tcp', '--dport', '80', '-j', 'DROP']
    await succeed('fault', 'add', 'drop-http', 'worker-2', '--', ...drop)
    const told = await packetproof('explain', 'client', 'server:80', '--timeout', '300ms')
    expect(told.stdout).toMatch(/dropped on worker-2 in FORWARD by the rule .*--dport 80 -j DROP/)
    expect(await succeed('fault')).toContain('drop-http')
    await succeed('fault', 'remove', 'drop-http')
    expect(await rules()).toBe(before)
  })

  it('deploys a component, shows what it owns, and removes it', async () => {
    await succeed('deploy', 'masquerade')
    const rules = await succeed('rules', 'worker-1', 'nat', '--owner', 'masquerade')
    expect(rules).toContain('IP-MASQ-AGENT')
    await succeed('remove', 'masquerade')
    expect(await succeed('exec', 'worker-1', '--', 'iptables-save', '-t', 'nat')).not.toContain('IP-MASQ-AGENT')
  })

  it('follows rules as they count', async () => {
    await succeed('exec', 'worker-1', '--', 'iptables', '-A', 'FORWARD', '-p', 'icmp', '-j', 'ACCEPT')
    const following = startPacketproof(['rules', 'worker-1', 'filter', '--follow'])
    let seen = ''
    following.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    await expect.poll(() => seen, { timeout: 10_000 }).toContain('table filter')
    await succeed('explain', 'client', 'server')
    await expect
      .poll(() => seen, { timeout: 10_000 })
      .toMatch(/filter FORWARD 1 {2}\+\d+ packets? \+\d+ bytes {2}-p icmp/)
    following.child.kill('SIGINT')
    expect(await following.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('captures on several hosts at once, with names', async () => {
    const capture = startPacketproof(['capture', 'worker-1,worker-2', 'eth0', '-c', '1', '--', 'icmp'])
    let seen = ''
    capture.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    await expect
      .poll(
        async () => {
          await succeed('explain', 'client', 'server')
          return seen
        },
        { timeout: 20_000 },
      )
      .toMatch(/worker-2 eth0 {2}client → server: /)
    expect((await capture.ended).exitCode).toBe(0)
  })

  it('is watched: what breaks is told', async () => {
    const watching = startPacketproof(['watch', 'client', 'server', '--interval', '200ms'])
    let seen = ''
    watching.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    await expect.poll(() => seen, { timeout: 15_000 }).toContain('default/client → default/server tcp/80: ok')
    await succeed('exec', 'worker-2', '--', 'iptables', '-I', 'FORWARD', '-p', 'tcp', '-j', 'DROP')
    await expect
      .poll(() => seen, { timeout: 15_000 })
      .toContain('default/client → default/server tcp/80: timed-out (was ok)')
    await succeed('exec', 'worker-2', '--', 'iptables', '-D', 'FORWARD', '-p', 'tcp', '-j', 'DROP')
    watching.child.kill('SIGINT')
    expect(await watching.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('completes commands, hosts and faults', async () => {
    expect(await succeed('complete', '--', 'expl')).toBe('explain\n')
    expect(await succeed('complete', '--', 'exec', 'wor')).toBe('worker-1\nworker-2\n')
    expect(await succeed('complete', '--', 'explain', 'client', 'ser')).toBe('server\n')
    expect(await succeed('complete', '--', 'run', '--provider', 'net')).toBe('netns\n')
    expect(await succeed('complete', '--', 'down', '')).toBe('demo\n')
  })

  it('writes down its state without keys or credentials', async () => {
    const dump = join(folder, 'dump')
    await succeed('sysdump', dump)
    const texts = readdirSync(dump).map((file) => readFileSync(join(dump, file), 'utf8'))
    expect(readdirSync(dump)).toEqual(
      expect.arrayContaining(['worker-1.txt', 'neighbour.txt', 'objects.json', 'lab.json']),
    )
    const token = /token: (\S+)/.exec(readFileSync(join(labs, 'demo', 'kubeconfig'), 'utf8'))?.[1] ?? ''
    expect(token.length).toBeGreaterThan(20)
    expect(texts.some((text) => text.includes(token))).toBe(false)
  })

  it.each([
    [['exec', 'worker-3', '--', 'true'], 'there is no host "worker-3"', /did you mean "worker-/],
    [['exec', 'worker-1'], 'what shall run on worker-1?', /--/],
    [['up', '--name', 'demo'], 'there is a lab called "demo" already', /packetproof down demo/],
    [['up', '--name', 'Demo!'], '"Demo!" cannot be the name of a lab', /small letters/],
    [['up', 'nothing'], 'there is no cluster profile "nothing"', /./],
    [['capture', 'worker-1', 'eth0', '--', 'tcp', 'portt', '80'], 'syntax error', /pcap-filter/],
    [['capture', 'worker-1', 'eth9'], 'eth9', /ip link/],
    [['deploy', 'masqerade'], 'there is no component "masqerade"', /did you mean "masquerade"/],
    [['remove', 'forward-guard'], 'forward-guard is not deployed', /./],
    [['fault', 'remove', 'none'], 'has no fault "none"', /./],
    [['fault', 'add', 'x', 'worker-1', '--', 'false'], 'did not take on any host', /./],
    [['explain', 'client', 'server:http'], '"http" is not a port', /1 to 65535/],
    [['rules', 'worker-1', 'natt'], 'there is no table "natt"', /raw, mangle/],
    [['exec', '--lab', 'demoo', 'worker-1', '--', 'true'], 'there is no lab "demoo"', /did you mean "demo"/],
    [['apply'], 'which manifests?', /./],
    [['completion', 'bsh'], 'there is no completion for "bsh"', /bash/],
  ])('%j is refused in words', async (argv, message, hint) => {
    const { exitCode, stderr, stdout } = await packetproof(...argv)
    expect({ exitCode: exitCode === 0, stdout }).toEqual({ exitCode: false, stdout: '' })
    expect(stderr.match(/^error: /gm)).toHaveLength(1)
    expect(stderr).toContain(message)
    expect(stderr).toMatch(hint)
  })

  it('of another version is said to be so, and can be taken down', async () => {
    const path = join(labs, 'demo', 'lab.json')
    const record = readFileSync(path, 'utf8')
    writeFileSync(path, record.replace('"version": 1', '"version": 0'))
    const { exitCode, stderr } = await packetproof('exec', 'worker-1', '--', 'true')
    writeFileSync(path, record)
    expect(exitCode).toBe(3)
    expect(stderr).toContain('made by another version of packetproof (record version 0, expected 1)')
  })

  it('is gone after down, with its processes and files', async () => {
    const { keeper } = readRecord('demo')
    expect(await succeed('down', 'demo')).toBe('The lab "demo" is gone.\n')
    expect(existsSync(join(labs, 'demo'))).toBe(false)
    expect(existsSync(`/proc/${keeper.pid}/root`)).toBe(false)
    expect(await succeed('ls')).toContain('There is no lab')
  })
})

describe('a crashed lab', () => {
  it('is told apart from a running one, and cleared by down --all', async () => {
    await succeed('up', '--name', 'crashed')
    const { keeper } = readRecord('crashed')
    const children = execFileSync('pgrep', ['-P', String(keeper.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    process.kill(keeper.pid, 'SIGKILL')
    await expect.poll(() => succeed('ls'), { timeout: 10_000 }).toMatch(/^crashed +crashed/m)
    const { exitCode, stderr } = await packetproof('exec', 'worker-1', '--', 'true')
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('has crashed') })
    expect(await succeed('down', '--all')).toBe('The lab "crashed" is gone.\n')
    await expect.poll(() => children.filter((pid) => existsSync(`/proc/${pid}/root`)), { timeout: 10_000 }).toEqual([])
  })
})

it('a lab whose maker is killed before it is up is not left behind', async () => {
  const making = startPacketproof(['up', '--name', 'unfinished'])
  const { pid } = making
  await expect
    .poll(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), { timeout: 10_000, interval: 5 })
    .not.toBe('')
  expect(existsSync(join(labs, 'unfinished'))).toBe(true)
  making.child.kill('SIGKILL')
  await making.ended
  await expect.poll(() => existsSync(join(labs, 'unfinished')), { timeout: 15_000 }).toBe(false)
})
