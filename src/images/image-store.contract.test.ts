import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../helpers/package-root.ts'
import { connectDocker, type Docker } from '../docker/docker.ts'
import { messageOf } from '../errors.ts'
import { hasImage, loadImages, provideImage, provideReference, saveImages } from './image-store.ts'
import { provideFile } from './pinned-files.ts'
import type { ImagePin } from './pins.ts'

const IMAGE = 'packetproof-test/image:1'
const found = await connectDocker().catch((error: unknown) => messageOf(error))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetproof-images-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('images', () => {
  let docker: Docker

  beforeAll(async () => {
    if (typeof found === 'string') return
    docker = found.docker
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
    await docker.run(['build', '--quiet', '--tag', IMAGE, folder])
  })
  afterAll(async () => {
    await docker?.try(['image', 'rm', IMAGE])
  })
  beforeEach((context) => {
    context.skip(typeof found === 'string', typeof found === 'string' ? found : undefined)
  })

  it('come back from an archive under their names', async () => {
    const archive = join(folder, 'image.tar')
    await saveImages(docker, [IMAGE], archive)
    await docker.run(['image', 'rm', IMAGE])
    expect(await hasImage(docker, IMAGE)).toBe(false)
    await loadImages(docker, archive)
    expect(await hasImage(docker, IMAGE)).toBe(true)
  })

  it('that are there are not asked of a registry', async () => {
    expect(await provideReference(docker, IMAGE)).toBe(IMAGE)
    const pin: ImagePin = { repository: 'packetproof-test/image', tag: '1', use: '', runsOn: 'docker' }
    expect(await provideImage(docker, pin)).toBe(IMAGE)
  })

  it('that cannot be had are named, with what to do', async () => {
    await expect(
      saveImages(docker, [IMAGE, 'packetproof-test/no-such:1'], join(folder, 'x.tar')),
    ).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      message: 'Docker does not have packetproof-test/no-such:1',
      hint: 'packetproof images pull',
    })
    const pin: ImagePin = { repository: 'localhost:1/no/such', tag: '1', use: '', runsOn: 'nodes' }
    await expect(provideImage(docker, pin)).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      hint: expect.stringContaining('images save') as string,
    })
  })

  it('are refused from an archive that is none', async () => {
    const path = join(folder, 'broken.tar')
    writeFileSync(path, 'hello')
    await expect(loadImages(docker, path)).rejects.toThrow(/docker load .* failed/)
  })
})

describe('packetproof images', () => {
  const run = async (
    ...args: readonly string[]
  ): Promise<{ exitCode: number | null; stdout: string; stderr: string }> => {
    const env = { ...process.env, NO_COLOR: '1', DOCKER_HOST: `unix://${folder}/no.sock`, XDG_CACHE_HOME: folder }
    const child = spawn(process.execPath, [join(packageRoot(), 'bin/packetproof.mjs'), 'images', ...args], { env })
    const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { exitCode: await exitCode, stdout, stderr }
  }

  it('lists what is pinned, with or without Docker', async () => {
    const { exitCode, stdout } = await run('list', '--format', 'json')
    expect(exitCode).toBe(0)
    const { images, files } = JSON.parse(stdout) as { images: { name: string; present: unknown }[]; files: unknown[] }
    expect(images.find(({ name }) => name === 'calico-node')).toMatchObject({ present: null })
    expect(files).toHaveLength(2)
  })

  it.each([
    [['pul'], 2, 'error: images pul: expected one of list, pull, save, load\nhint: did you mean "pull"?\n'],
    [['save'], 2, 'error: images save: which folder?\n'],
    [['pull', '/tmp'], 2, 'error: images pull takes no folder\n'],
    [['pull'], 3, 'error: the Docker daemon does not run'],
  ])('%j is refused', async (args, exitCode, message) => {
    const result = await run(...args)
    expect(result).toMatchObject({ exitCode, stdout: '' })
    expect(result.stderr.startsWith(message)).toBe(true)
  })
})

describe('a pinned file', () => {
  it('is refused when what came is not what was pinned', async () => {
    const url = `data:text/plain,${encodeURIComponent('another manifest')}`
    const pin = { fileName: 'x.yaml', url, sha256: '0'.repeat(64), use: '' }
    await expect(provideFile(pin)).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      message: expect.stringContaining('is not the file that is pinned') as string,
    })
  })

  it('that cannot be fetched is named, with the reason', async () => {
    const pin = { fileName: 'x.yaml', url: 'http://127.0.0.1:1/x.yaml', sha256: '0'.repeat(64), use: '' }
    await expect(provideFile(pin)).rejects.toMatchObject({
      message: expect.stringMatching(/^cannot fetch http:\/\/127\.0\.0\.1:1\/x\.yaml: .*/) as string,
      hint: expect.stringContaining('images save') as string,
    })
  })
})
