import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { mergeKubeconfig, unmergeKubeconfig } from './merge-kubeconfig.ts'

const lab = `apiVersion: v1
kind: Config
current-context: lab
clusters: [{ name: lab, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: lab, user: { token: t } }]
contexts: [{ name: lab, context: { cluster: lab, user: lab } }]
`
const own = lab.replaceAll('lab', 'mine').replace('kind: Config', 'kind: Config\npreferences: { colors: true }')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-kubeconfig-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const names = (path: string, list: string): string[] =>
  (parse(readFileSync(path, 'utf8')) as Record<string, { name: string }[]>)[list]?.map(({ name }) => name) ?? []

test('without a file one is made in the home folder, for its owner alone', () => {
  const path = mergeKubeconfig(lab, { HOME: folder })
  expect(path).toBe(join(folder, '.kube', 'config'))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(names(path, 'contexts')).toEqual(['lab'])
})

test("what is in the file stays, and goes back to what it was when the lab's part is taken out", () => {
  const path = join(folder, 'config')
  writeFileSync(path, own)
  expect(mergeKubeconfig(lab, { KUBECONFIG: `${join(folder, 'none')}:${path}` })).toBe(path)
  expect(names(path, 'users')).toEqual(['mine', 'lab'])
  mergeKubeconfig(lab, { KUBECONFIG: path })
  expect(names(path, 'users')).toEqual(['mine', 'lab'])
  unmergeKubeconfig(lab, path)
  expect(parse(readFileSync(path, 'utf8'))).toEqual({ ...(parse(own) as object), 'current-context': '' })
})

test('of several files none of which exists the last is made', () => {
  const last = join(folder, 'b')
  expect(mergeKubeconfig(lab, { KUBECONFIG: `${join(folder, 'a')}:${last}` })).toBe(last)
})

test('a file that is no kubeconfig is refused and stays as it is', () => {
  const path = join(folder, 'config')
  for (const text of ['- a\n', 'a: [1\n']) {
    writeFileSync(path, text)
    expect(() => mergeKubeconfig(lab, { KUBECONFIG: path })).toThrow(`${path} is not a kubeconfig`)
    expect(readFileSync(path, 'utf8')).toBe(text)
  }
})
