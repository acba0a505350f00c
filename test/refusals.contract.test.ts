import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packetproof } from './command-line.test-helper.ts'

let folder: string
let out: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-refusals-'))
  out = join(folder, 'out', 'below')
  writeFileSync(join(folder, 'text'), 'not a program\n')
  mkdirSync(join(folder, 'damaged'))
  writeFileSync(join(folder, 'damaged', 'run.json'), '{"schemaVersion":')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One message and its hint, no stack, nothing on stdout, and no folder made. */
async function refusal(argv: readonly string[], wrapper: readonly string[] = []): Promise<[number | null, string]> {
  const before = readdirSync(folder)
  const { exitCode, stdout, stderr } = await packetproof(argv, wrapper)
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^ {4}at |is a fault of packetproof/m)
  expect(stderr.match(/^error: /gm)).toHaveLength(1)
  expect(readdirSync(folder)).toEqual(before)
  return [exitCode, stderr.slice(stderr.indexOf('error: '))]
}

describe('input that cannot be used is refused with exit code 2, before anything is made', () => {
  it.each([
    ['a binary that does not exist', 'no-such-agent', 'there is no file'],
    ['a folder in place of a binary', '', 'is not a file'],
    ['a file that is no program', 'text', 'cannot be executed'],
  ])('%s', async (_, name, problem) => {
    const variant = `masquerade=host:${join(folder, name)}`
    const [exitCode, message] = await refusal(['run', 'masquerade', '--component', variant, '--out', out])
    expect(exitCode).toBe(2)
    expect(message).toContain(`error: --component "${variant}": `)
    expect(message).toContain(problem)
  })

  it.each([['/proc/reports'], ['/etc/passwd'], ['/etc/passwd/reports']])('--out %s', async (path) => {
    const [exitCode, message] = await refusal(['run', 'masquerade', '--out', path])
    expect(exitCode).toBe(2)
    expect(message).toContain(`error: --out "${path}": no folder can be made there\ncause: `)
  })

  it.each([
    ['[]', 'the list is empty'],
    ['{{{', 'faults.yaml: '],
    ['faults: []', 'faults.yaml:1: the document'],
    ['- { name: a, on: nodes, run: iptables -F }', 'faults.yaml:1: fault 1, run'],
    ['- { name: a, on: nodes }', 'fault 1, run'],
    ['- { name: a, on: nodes, run: [] }', 'fault 1, run'],
    ['- { name: a, on: nodes, run: ["true"], when: later }', 'fault 1'],
    ['- { name: a, on: nodes, run: ["true"], after: reloda }', 'did you mean "reload"?'],
    ['- { name: a, on: n, run: ["true"] }\n- { name: a, on: n, run: ["true"] }', 'two faults are named "a"'],
  ])('the fault list %j', async (text, problem) => {
    const path = join(folder, 'faults.yaml')
    writeFileSync(path, text)
    const [exitCode, message] = await refusal(['prove', 'masquerade', '--fault', path, '--out', out])
    expect({ exitCode, message }).toEqual({ exitCode: 2, message: expect.stringContaining(problem) as string })
  })

  it.each([
    [['report', 'damaged'], 'run.json is not JSON'],
    [['pcap', '.'], 'EISDIR'],
    [['pcap', 'text'], 'is not a pcap file'],
    [['rules', '.'], 'EISDIR'],
    [['rules', process.execPath], 'is binary'],
  ])('%j', async ([command = '', path = ''], problem) => {
    const [exitCode, message] = await refusal([command, path.startsWith('/') ? path : join(folder, path)])
    expect({ exitCode, message }).toEqual({ exitCode: 2, message: expect.stringContaining(problem) as string })
  })
})

describe('a machine that cannot be used ends a run with exit code 3, and without a folder', () => {
  it('when the port of the API is in use', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    try {
      const argv = ['run', 'masquerade', '--api-port', `${port}`, '--out', out, '--quiet']
      const [exitCode, message] = await refusal(argv)
      expect(exitCode).toBe(3)
      expect(message).toContain(`port ${port} of 127.0.0.1: it is in use\n`)
      expect(message).toContain('hint: Choose another port')
    } finally {
      server.close()
    }
  })

  it.skipIf(userInfo().uid !== 0)('when root lacks a capability', async () => {
    const wrapper = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin']
    const [exitCode, message] = await refusal(['run', 'masquerade', '--out', out, '--quiet'], wrapper)
    expect(exitCode).toBe(3)
    expect(message).toContain('lacks CAP_SYS_ADMIN')
  })

  it.each([
    ['tcpdump', 'tcpdump'],
    ['conntrack', 'conntrack'],
    ['busybox', 'busybox'],
    ['iptables', 'iptables'],
  ])('when %s is missing', async (tool, aptPackage) => {
    const hide = `f=$(readlink -f "$(command -v ${tool})"); mount --bind /dev/null "$f" && exec "$@"`
    const user = userInfo().uid === 0 ? [] : ['--map-root-user']
    const wrapper = ['unshare', ...user, '--mount', '--propagation', 'private', 'sh', '-c', hide, 'sh']
    const [exitCode, message] = await refusal(['run', 'masquerade', '--out', out], wrapper)
    expect(exitCode).toBe(3)
    expect(message).toContain(`error: a cluster needs ${tool} (package ${aptPackage}`)
    expect(message).toContain('hint: sudo apt-get install -y')
  })
})
