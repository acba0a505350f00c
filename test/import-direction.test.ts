import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'

/**
 * The layers, lowest first; a file belongs to the first layer that matches its path. It may import from its own layer's folder
 * and from lower layers. What stands in one layer side by side does not know of each other.
 */
const layers: readonly (readonly string[])[] = [
  ['src/errors.ts'],
  ['helpers/'],
  // The run model is plain data that everything above fills in or reads.
  ['src/report/model.ts', 'src/report/evidence-model.ts', 'src/report/schema-helpers.ts', 'src/report/printable.ts'],
  ['src/packet/', 'src/ruleset/', 'src/oracle/'],
  ['src/docker/'],
  ['src/images/'],
  ['src/cluster/'],
  // What a sidecar adds to a pod is a pure function of the pod: an embedded API applies it when pods are created.
  ['src/components/sidecar/inject/'],
  ['src/probe/', 'src/capture/', 'src/providers/', 'src/ruleset/read-'],
  ['src/components/'],
  ['src/conformance/'],
  ['src/evidence/'],
  ['src/assertion/'],
  ['src/scenario/'],
  ['src/report/'],
  ['src/explain/', 'src/explore/', 'src/lab/'],
  ['src/index.ts'],
  ['scenarios/'],
  ['src/cli/'],
  ['bench/'],
]

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

describe('imports', () => {
  const root = packageRoot()
  const files = ['src', 'helpers', 'scenarios', 'bench'].flatMap((folder) => listSources(root, folder))
  const imports = files.flatMap((file) => readImports(root, file))

  it('are found', () => {
    expect(imports).toContainEqual({ from: 'helpers/cidr.ts', to: 'src/errors.ts', isType: false })
  })

  it('against the direction are noticed', () => {
    const sideways = { from: 'src/packet/decode-packet.ts', to: 'src/ruleset/model.ts' }
    expect(isAllowed({ from: 'helpers/cidr.ts', to: 'src/cli/main.ts', isType: true })).toBe(false)
    expect(isAllowed({ ...sideways, isType: false })).toBe(false)
  })

  it('point to lower layers only', () => {
    expect(imports.filter((each) => !isAllowed(each)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('of scenarios reach the public API and nothing else of src', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('scenarios/') && to.startsWith('src/') && to !== 'src/index.ts',
    )
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('of other packages are declared in package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
    const packages = files.flatMap((file) => readSpecifiers(root, file)).map(({ specifier }) => packageOf(specifier))
    const undeclared = packages.filter((name) => name !== undefined && !(name in dependencies))
    expect([...new Set(undeclared)]).toEqual([])
  })
})

function isAllowed({ from, to, isType }: Import): boolean {
  // The interfaces of cluster are the seam that both sides of it speak through.
  if (isType && to.startsWith('src/cluster/')) return true
  const [fromLayer, fromEntry] = layerOf(from)
  const [toLayer, toEntry] = layerOf(to)
  return toLayer < fromLayer || (toLayer === fromLayer && toEntry === fromEntry) || dirname(from) === dirname(to)
}

/** The number of the layer, and the entry of it that matched; the longest match counts. */
function layerOf(file: string): readonly [number, string] {
  const matches = layers.flatMap((entries, layer) =>
    entries.filter((entry) => file.startsWith(entry)).map((entry) => [layer, entry] as const),
  )
  const best = matches.sort(([, a], [, b]) => b.length - a.length)[0]
  if (best === undefined) throw new Error(`${file} belongs to no layer`)
  return best
}

/** Tests may look anywhere. */
function listSources(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts') && !/\.test(-helper)?\.ts$|\/testing\/|\.d\.ts$/.test(name))
    .map((name) => join(folder, name))
}

function readImports(root: string, file: string): readonly Import[] {
  return readSpecifiers(root, file)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, isType }) => ({ from: file, to: relative(root, join(root, dirname(file), specifier)), isType }))
}

function readSpecifiers(
  root: string,
  file: string,
): readonly { readonly specifier: string; readonly isType: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8')
  const fixed = text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g)
  return [
    ...[...fixed].map(([, type, from, bare]) => ({ specifier: from ?? bare ?? '', isType: type !== undefined })),
    ...[...dynamic].map(([, specifier = '']) => ({ specifier, isType: false })),
  ]
}

function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
