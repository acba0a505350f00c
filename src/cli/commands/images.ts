import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { connectDocker, type Docker } from '../../docker/docker.ts'
import { PacketproofError } from '../../errors.ts'
import { pullReference, taggedReference } from '../../images/image-reference.ts'
import { fetchImage, hasImage, loadImages, saveImages } from '../../images/image-store.ts'
import { cacheFolder, holdsFile, importFile, provideFile } from '../../images/pinned-files.ts'
import { type FilePin, filePins, type ImagePin, imagePins, nodeImages } from '../../images/pins.ts'
import type { OptionValues } from '../option-values.ts'
import { outputWidth, printData, printJson } from '../output.ts'
import { suggest } from '../suggest.ts'
import { textTable } from '../text-table.ts'

type Action = (docker: Docker, folder: string, say: (line: string) => void) => Promise<void>

const actions: Readonly<Record<string, Action>> = { pull: pullAll, save: saveAll, load: loadAll }

const otherNodes = Object.entries(nodeImages).map(([version, pin]) => [`kind-node ${version}`, pin] as const)
const known: readonly (readonly [string, ImagePin])[] = [
  ...Object.entries(imagePins).filter(([name]) => name !== 'kind-node'),
  ...otherNodes,
]
/** Of the node images only the default one is fetched and saved: they are large. */
const fetched = Object.entries(imagePins) as readonly (readonly [string, ImagePin])[]
const files = Object.values(filePins) as readonly FilePin[]

/** `packetproof images list|pull|save FOLDER|load FOLDER`: everything that is pinned, for machines with and without internet. */
export async function images(args: readonly string[], values: OptionValues): Promise<number> {
  const [name = 'list', folder] = args
  const names = ['list', ...Object.keys(actions)]
  if (!names.includes(name)) {
    throw new PacketproofError('E_USAGE', `images ${name}: expected one of ${names.join(', ')}`, {
      hint: suggest(name, names),
    })
  }
  const wantsFolder = name === 'save' || name === 'load'
  if (wantsFolder && folder === undefined) throw new PacketproofError('E_USAGE', `images ${name}: which folder?`)
  if (!wantsFolder && folder !== undefined) throw new PacketproofError('E_USAGE', `images ${name} takes no folder`)
  if (name === 'list') return await list(values)
  const { docker } = await connectDocker()
  const say = (line: string): void => void (values.flag('quiet') || process.stderr.write(`${line}\n`))
  await actions[name]?.(docker, folder ?? '', say)
  return 0
}

async function list(values: OptionValues): Promise<number> {
  const docker = await connectDocker().then(
    (connected) => connected.docker,
    () => undefined,
  )
  const images = await Promise.all(
    known.map(async ([name, pin]) => ({
      name,
      reference: pin.digest === undefined ? taggedReference(pin) : `${taggedReference(pin)}@${pin.digest}`,
      use: pin.use,
      present: docker === undefined ? null : await hasImage(docker, taggedReference(pin)),
    })),
  )
  const pinned = await Promise.all(files.map(async (pin) => ({ ...pin, present: await holdsFile(cacheFolder(), pin) })))
  if (values.text('format') === 'json') printJson({ images, files: pinned })
  else {
    const rows = [
      ...images.map(({ name, reference, use, present }) => [name, presence(present), use, reference]),
      ...pinned.map(({ fileName, url, use, present }) => [fileName, presence(present), use, url]),
    ]
    printData(textTable([['NAME', 'PRESENT', 'USE', 'REFERENCE'], ...rows], outputWidth()))
  }
  return 0
}

function presence(present: boolean | null): string {
  return present === null ? 'no Docker' : present ? 'yes' : 'no'
}

async function pullAll(docker: Docker, _folder: string, say: (line: string) => void): Promise<void> {
  for (const [, pin] of fetched) {
    say(pin.target === undefined ? `pulling ${pullReference(pin)}` : `building ${taggedReference(pin)}`)
    await fetchImage(docker, pin)
  }
  for (const pin of files) {
    say(`fetching ${pin.url}`)
    await provideFile(pin)
  }
}

async function saveAll(docker: Docker, folder: string, say: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, pin] of fetched) {
    say(`saving ${taggedReference(pin)}`)
    await saveImages(docker, [taggedReference(pin)], archivePath(folder, name))
  }
  for (const pin of files) await copyFile(await provideFile(pin), join(folder, pin.fileName))
}

async function loadAll(docker: Docker, folder: string, say: (line: string) => void): Promise<void> {
  const missing = fetched.map(([name]) => archivePath(folder, name)).filter((path) => !existsSync(path))
  if (missing.length > 0) {
    throw new PacketproofError('E_INVALID_INPUT', `${missing.join(', ')}: no such file`, {
      hint: 'expected a folder that `packetproof images save` has written',
    })
  }
  for (const pin of files) await importFile(pin, folder)
  for (const [name, pin] of fetched) {
    say(`loading ${taggedReference(pin)}`)
    await loadImages(docker, archivePath(folder, name))
  }
}

function archivePath(folder: string, name: string): string {
  return join(folder, `${name}.tar`)
}
