import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { PacketproofError } from '../../errors.ts'
import { chooseContext, kubeconfigFiles } from './context.ts'

const folder = mkdtempSync(join(tmpdir(), 'packetproof-context-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function file(text: string): string {
  const path = join(folder, `config-${++count}`)
  writeFileSync(path, text)
  return path
}

const config = (more = 'current-context: staging'): string => `
${more}
clusters:
- {name: a, cluster: {server: 'https://10.0.0.1:6443', certificate-authority: pki/ca.crt}}
- {name: b, cluster: {server: 'https://b.example'}}
users:
- {name: ops, user: {token: secret, client-key: /abs/key.pem}}
contexts:
- {name: staging, context: {cluster: a, user: ops}}
- {name: production, context: {cluster: b, user: ops}}
- {name: dangling, context: {cluster: gone, user: ops}}
- {name: nobody, context: {cluster: a, user: gone}}
`

function problem(files: readonly string[], context?: string): Pick<PacketproofError, 'code' | 'message' | 'hint'> {
  try {
    chooseContext(files, context)
  } catch (error) {
    return error as PacketproofError
  }
  throw new Error('it was accepted')
}

describe('chooseContext', () => {
  it('takes the current context, with names of its own and absolute paths', () => {
    const path = file(config())
    const chosen = chooseContext([path], undefined)
    expect(chosen).toMatchObject({ name: 'staging', server: 'https://10.0.0.1:6443' })
    const document = parse(chosen.document) as Record<string, { name: string; cluster?: object; user?: object }[]>
    expect(document['clusters']?.[0]?.cluster).toMatchObject({ 'certificate-authority': join(folder, 'pki/ca.crt') })
    expect(document['users']).toHaveLength(1)
    expect(document['users']?.[0]?.user).toEqual({ token: 'secret', 'client-key': '/abs/key.pem' })
    expect(document['users']?.[0]?.name).toMatch(/^packetproof-[0-9a-f]{8}$/)
  })

  it('takes the context that was asked for', () => {
    expect(chooseContext([file(config())], 'production').server).toBe('https://b.example')
  })

  it('merges several files, of which the first wins', () => {
    const first = file(
      "current-context: production\nclusters:\n- {name: b, cluster: {server: 'https://first.example'}}\n",
    )
    expect(chooseContext([first, file(config())], undefined)).toMatchObject({
      name: 'production',
      server: 'https://first.example',
    })
  })

  it('suggests the nearest context, or lists them', () => {
    const path = file(config())
    expect(problem([path], 'stagin')).toMatchObject({
      code: 'E_INVALID_INPUT',
      message: `${path}: there is no context "stagin"`,
      hint: 'did you mean "staging"?',
    })
    expect(problem([path], 'xyz').hint).toContain('choose one with --context: staging, production')
  })

  it('says that there is no current context, and which there are', () => {
    for (const none of ['', 'current-context: ""', 'current-context:']) {
      const { message, hint } = problem([file(config(none))])
      expect(message).toMatch(/: no current context$/)
      expect(hint).toContain('staging, production')
    }
    expect(problem([file('')]).hint).toBe('it has no contexts at all')
  })

  it('names the place in a file that is not YAML', () => {
    const path = file('apiVersion: v1\nclusters:\n  - name: [a\n')
    expect(problem([path]).message).toMatch(new RegExp(`^${path}:\\d+:\\d+: not YAML: `))
  })

  it('names the field that is not what it should be', () => {
    expect(problem([file('clusters: yes')]).message).toMatch(/: clusters: .*expected array/i)
    expect(problem([file('- a\n- b\n')]).message).toMatch(/: the document: /)
    expect(
      problem([
        file(
          "clusters:\n- {name: a, cluster: {server: 'ftp://x'}}\ncontexts:\n- {name: c, context: {cluster: a}}\ncurrent-context: c",
        ),
      ]).message,
    ).toContain('the cluster "a" has no server: expected https://HOST:PORT')
  })

  it('names a cluster or a user that a context refers to in vain', () => {
    const path = file(config())
    expect(problem([path], 'dangling').message).toContain('names the cluster "gone", which is not there')
    expect(problem([path], 'nobody').message).toContain('names the user "gone", which is not there')
  })

  it('says of a missing file that it is missing', () => {
    expect(problem(['/no/such/file'])).toMatchObject({
      message: 'kubeconfig /no/such/file: there is no such file',
      hint: 'name one with --kubeconfig, or set $KUBECONFIG',
    })
    expect(problem([folder]).message).toBe(`kubeconfig ${folder}: it is a folder`)
  })
})

describe('kubeconfigFiles', () => {
  it('goes by the option, then $KUBECONFIG, then the home folder', () => {
    expect(kubeconfigFiles('x', { KUBECONFIG: 'a:b' })).toEqual(['x'])
    expect(kubeconfigFiles(undefined, { KUBECONFIG: 'a::b' })).toEqual(['a', 'b'])
    expect(kubeconfigFiles(undefined, { HOME: '/home/me' })).toEqual(['/home/me/.kube/config'])
  })
})
