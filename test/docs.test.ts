import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'

const root = packageRoot()
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...listDocuments('docs')]

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8')

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target)
    expect(links.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([])
  })

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
  })

  it('names only source files that exist', () => {
    const named = [...text.matchAll(/`((?:src|helpers|setup|scenarios|clusters|bench|test)\/[\w./-]*)`/g)]
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

it('every decision fits on one page', () => {
  const decisions = listDocuments(join('docs', 'decisions'))
  const long = decisions.filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length > 41)
  expect(long).toEqual([])
})

function listDocuments(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}
