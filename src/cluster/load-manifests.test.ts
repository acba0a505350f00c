import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadManifests, parseManifests } from './load-manifests.ts'

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n'
const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: x\n'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-manifests-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

it('reads every document, and knows where it begins', () => {
  const found = parseManifests(`# first\n${namespace}---\n---\n# second\n${pod}`, 'all.yaml')
  expect(found.map(({ object, place }) => `${object.kind} ${place}`)).toEqual([
    'Namespace all.yaml:2 (document 1)',
    'Pod all.yaml:8 (document 3)',
  ])
})

it('takes lists apart, in JSON as well', () => {
  const list = { apiVersion: 'v1', kind: 'PodList', items: [podObject('a'), podObject('b')] }
  const found = parseManifests(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [list] }), 'x.json')
  expect(found.map(({ object, place }) => `${object.metadata?.name} ${place}`)).toEqual([
    'a x.json:1 (document 1), item 1, item 1',
    'b x.json:1 (document 1), item 1, item 2',
  ])
})

function podObject(name: string) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name } }
}

it.each([
  ['a: [1', /^f:1 \(document 1\): /],
  [`${namespace}---\nkind: Pod\n`, 'f:5 (document 2): expected a Kubernetes object with apiVersion: it has none'],
  ['apiVersion: v1\nkind: 7\n', 'f:1 (document 1): expected a Kubernetes object with kind: found 7'],
  ['- a\n', 'f:1 (document 1): expected a Kubernetes object, found a list'],
  ['hello\n', 'f:1 (document 1): expected a Kubernetes object, found string'],
  [
    'apiVersion: v1\nkind: Pod\nmetadata: {}\n',
    'f:1 (document 1): metadata.name of this Pod: expected text, it has none',
  ],
  [
    'apiVersion: v1\nkind: Pod\nmetadata: {name: 3}\n',
    'f:1 (document 1): metadata.name of this Pod: expected text, found 3',
  ],
  [`${pod}metadata: {}\n`, /^f:6 \(document 1\): Map keys must be unique/],
  ['a: &a [*a, *b]\n', /^f.*\(document 1\): /],
])('refuses %j with the place of the mistake', (text, message) => {
  expect(() => parseManifests(text, 'f')).toThrow(message)
})

it('reads the manifests of a folder in the order of their names', async () => {
  writeFileSync(join(folder, '2.yml'), pod)
  writeFileSync(join(folder, '1.yaml'), namespace)
  writeFileSync(join(folder, 'notes.txt'), 'no manifest')
  expect((await loadManifests(folder)).map(({ object }) => object.kind)).toEqual(['Namespace', 'Pod'])
})

it('says what cannot be read and what holds nothing', async () => {
  await expect(loadManifests(folder)).rejects.toThrow('is a folder without manifests')
  await expect(loadManifests(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml cannot be read: ENOENT/)
  writeFileSync(join(folder, 'empty.yaml'), '---\n# nothing\n')
  await expect(loadManifests(join(folder, 'empty.yaml'))).rejects.toThrow(/empty\.yaml holds no Kubernetes objects/)
})
