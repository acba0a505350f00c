import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { PacketproofError } from '../../errors.ts'
import { kubeconfigAccess } from './kubeconfig-access.ts'

let folder: string
let certificate: string
let key: string
let otherKey: string

function makePair(name: string): { certificate: string; key: string } {
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=${name} -keyout - -out -`
  const output = execFileSync('openssl', request.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [, pem = '', rest = ''] = /([\s\S]*?-----END PRIVATE KEY-----\n)([\s\S]*)/.exec(output) ?? []
  return { certificate: rest, key: pem }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-kubeconfig-'))
  ;({ certificate, key } = makePair('one'))
  otherKey = makePair('two').key
})

afterAll(() => rmSync(folder, { recursive: true }))

function write(content: unknown): string {
  const path = join(folder, 'config')
  writeFileSync(path, typeof content === 'string' ? content : stringify(content))
  return path
}

/** A kubeconfig of one context, with these fields of its cluster and its user. */
function config(cluster: object, user: object = {}): object {
  return {
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'there', user: 'me' } }],
    clusters: [{ name: 'there', cluster: { server: 'https://192.0.2.1:6443', ...cluster } }],
    users: [{ name: 'me', user }],
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The complaint about a kubeconfig, without the file's name. */
async function complaintAbout(content: unknown): Promise<string> {
  const path = write(content)
  const error: unknown = await kubeconfigAccess(path).catch((reason: unknown) => reason)
  if (!(error instanceof PacketproofError) || error.code !== 'E_INVALID_INPUT') return 'none'
  return error.message.replace(`kubeconfig ${path}`, 'FILE').replaceAll(folder, 'FOLDER')
}

describe('a kubeconfig', () => {
  it('gives the server, the trust and the identity of its current context', async () => {
    const cluster = { 'certificate-authority-data': base64(certificate), 'tls-server-name': 'api.example' }
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key), token: 'secret' }
    const access = await kubeconfigAccess(write(config(cluster, user)))
    expect(access.server.href).toBe('https://192.0.2.1:6443/')
    expect(access.tls).toEqual({ ca: certificate, cert: certificate, key, servername: 'api.example' })
    expect(access.token()).toBe('secret')
  })

  it('may be JSON, and name no user', async () => {
    const { users: _users, ...rest } = config({}) as { users: unknown }
    const anonymous = { ...rest, contexts: [{ name: 'lab', context: { cluster: 'there' } }] }
    const access = await kubeconfigAccess(write(JSON.stringify(anonymous)))
    expect(access.tls).toEqual({})
    expect(access.token()).toBeUndefined()
  })

  it('names files relative to itself, and its token file is read anew each time', async () => {
    writeFileSync(join(folder, 'ca.pem'), certificate)
    writeFileSync(join(folder, 'token'), 'first\n')
    const access = await kubeconfigAccess(
      write(config({ 'certificate-authority': 'ca.pem' }, { token: 'stale', tokenFile: 'token' })),
    )
    expect(access.tls.ca).toBe(certificate)
    expect(access.token()).toBe('first')
    writeFileSync(join(folder, 'token'), 'second\n')
    expect(access.token()).toBe('second')
  })

  it('may trust any server', async () => {
    const access = await kubeconfigAccess(write(config({ 'insecure-skip-tls-verify': true })))
    expect(access.tls).toEqual({ rejectUnauthorized: false })
  })

  it('that does not exist is named', async () => {
    await expect(kubeconfigAccess('/no/such/config')).rejects.toMatchObject({
      code: 'E_INVALID_INPUT',
      message: 'kubeconfig: cannot read /no/such/config: no such file',
    })
    await expect(kubeconfigAccess(folder)).rejects.toThrow(`kubeconfig: cannot read ${folder}: it is a folder`)
  })

  it.each([
    ['clusters: [', /^FILE is not YAML: .* at line 1, column 12$/],
    ['a: 1\n b: 2', /^FILE is not YAML: .* at line \d+, column \d+$/],
    ['\u0000\u0001\u0002', /^FILE/],
    ['', /^FILE: expected a mapping with clusters, contexts and users, found nothing$/],
    ['just text', /^FILE: expected a mapping .*, found a string$/],
    ['- a', /^FILE: expected a mapping .*, found a list$/],
    ['{}', /^FILE has no current-context$/],
    ['current-context: 7', /^FILE: current-context is 7: expected text$/],
    ['current-context: lab', /^FILE: there is no context "lab": it has none$/],
    ['current-context: lab\ncontexts: 5', /^FILE: contexts: expected a list$/],
    [
      'current-context: lab\ncontexts: [{name: home}, {name: work}]',
      /^FILE: there is no context "lab": it has home, work$/,
    ],
    ['current-context: lab\ncontexts: [{name: lab}]', /^FILE: context "lab" names no cluster$/],
    [
      'current-context: lab\ncontexts: [{name: lab, context: {cluster: x}}]',
      /^FILE: there is no cluster "x": it has none$/,
    ],
    ['current-context: lab\ncontexts: [{name: lab, context: [x]}]', /^FILE: context "lab": expected a mapping$/],
  ])('%j is answered in one message', async (text, message) => {
    expect(await complaintAbout(text)).toMatch(message)
  })

  it.each([
    [{ server: '' }, {}, 'FILE: cluster "there": server: expected https://HOST:PORT, it has none'],
    [
      { server: 'localhost:6443' },
      {},
      'FILE: cluster "there": server: expected https://HOST:PORT, found "localhost:6443"',
    ],
    [{ 'proxy-url': 'http://proxy' }, {}, 'FILE: cluster "there": proxy-url is not supported'],
    [
      { 'certificate-authority': 'gone.pem' },
      {},
      'FILE: cluster "there": certificate-authority: cannot read FOLDER/gone.pem: no such file',
    ],
    [
      { 'certificate-authority-data': '%%%' },
      {},
      'FILE: cluster "there": certificate-authority-data: expected PEM in base64',
    ],
    [
      { 'certificate-authority-data': base64('-----BEGIN CERTIFICATE-----\nx\n') },
      {},
      'FILE: cluster "there": certificate-authority: expected certificates in PEM (-----BEGIN CERTIFICATE-----)',
    ],
    [
      { 'insecure-skip-tls-verify': 'yes' },
      {},
      'FILE: cluster "there": insecure-skip-tls-verify is "yes": expected true or false',
    ],
    [{}, { token: 5 }, 'FILE: user "me": token is 5: expected text'],
    [{}, { tokenFile: 'gone' }, 'FILE: user "me": tokenFile: cannot read FOLDER/gone: no such file'],
    [{}, { exec: { command: 'aws' } }, 'FILE: user "me": exec is not supported'],
    [{}, { username: 'admin', password: 'x' }, 'FILE: user "me": username is not supported'],
  ])('with the cluster %j and the user %j is answered in one message', async (cluster, user, message) => {
    expect(await complaintAbout(config(cluster, user))).toBe(message)
  })

  it('is refused when a certificate and its key are not there both, or do not belong together', async () => {
    const cert = { 'client-certificate-data': base64(certificate) }
    expect(await complaintAbout(config({}, cert))).toBe('FILE: user "me" has a client-certificate and no client-key')
    expect(await complaintAbout(config({}, { 'client-key-data': base64(key) }))).toBe(
      'FILE: user "me" has a client-key and no client-certificate',
    )
    expect(await complaintAbout(config({}, { ...cert, 'client-key-data': base64(otherKey) }))).toMatch(
      /^FILE: user "me": client-certificate and client-key cannot be used: /,
    )
    expect(
      await complaintAbout(
        config({ 'certificate-authority-data': base64(certificate), 'insecure-skip-tls-verify': true }),
      ),
    ).toBe('FILE: cluster "there": insecure-skip-tls-verify and a certificate-authority exclude each other')
  })

  it('names a user that it has', async () => {
    expect(await complaintAbout({ ...config({}), users: [{ name: 'you', user: {} }] })).toBe(
      'FILE: there is no user "me": it has you',
    )
  })
})
