import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { imageRows } from './image-rows.ts'
import type { ImageTools } from './image-tools.ts'
import { resolveImage } from './resolve-image.ts'

const tools: ImageTools = {
  appletsPath: () => '/state/applets',
  wrapper: (name) => `/state/${name}`,
  nodeProgram: (path) => ['node', path],
}
const resolve = (image: string) => resolveImage(imageRows, tools, image)

const folder = mkdtempSync(join(tmpdir(), 'packetproof-images-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('resolveImage', () => {
  it.each([
    ['busybox', 'packetproof://busybox'],
    ['busybox:1.36', 'packetproof://busybox'],
    ['docker.io/library/busybox:latest', 'packetproof://busybox'],
    ['docker.io/busybox', 'packetproof://busybox'],
    [`busybox@sha256:${'a'.repeat(64)}`, 'packetproof://busybox'],
    ['registry.k8s.io/e2e-test-images/busybox:1.29-4', 'packetproof://busybox'],
    ['registry.k8s.io/pause:3.10', 'packetproof://pause'],
    ['agnhost', 'packetproof://agnhost'],
    ['registry.k8s.io/e2e-test-images/agnhost:2.53', 'packetproof://agnhost'],
    ['packetproof/agent:dev', 'packetproof://agent'],
    ['registry.k8s.io/networking/ip-masq-agent:v2.8.0', 'packetproof://builtin/masquerade'],
    ['k8s.gcr.io/networking/ip-masq-agent-amd64:v2.6.0', 'packetproof://builtin/masquerade'],
    ['k8s.gcr.io/ip-masq-agent-amd64:v2.4.1', 'packetproof://builtin/masquerade'],
    ['gke.gcr.io/ip-masq-agent:v2.9.3', 'packetproof://builtin/masquerade'],
  ])('%s is %s', (image, imageId) => {
    expect(resolve(image).program?.imageId).toBe(imageId)
  })

  it.each([
    'nginx',
    'example.com/busybox',
    'me/ip-masq-agent:dev',
    'localhost:5000/ip-masq-agent',
    'quay.io/a/busybox',
  ])('knows nothing by the name %s, and lists what it knows', (image) => {
    const { failure } = resolve(image)
    expect(failure?.reason).toBe('ErrImagePull')
    expect(failure?.message).toContain(`"${image}"`)
    expect(failure?.message).toContain('registry.k8s.io/e2e-test-images/agnhost')
    expect(failure?.message).toContain('host:/path/to/program')
  })

  it.each(['', 'Busybox', 'busy box', 'busybox:', ':latest', 'busybox@sha256:12', '-x', 'host:relative/path', 'host:'])(
    'calls %j an invalid name',
    (image) => {
      expect(resolve(image).failure?.reason).toBe('InvalidImageName')
    },
  )

  it('says of a builtin agent that it stands for the upstream image', () => {
    const { program } = resolve('registry.k8s.io/networking/ip-masq-agent:v2.8.0')
    expect(program?.note).toContain('packetproof://builtin/masquerade')
    expect(program?.entrypoint).toEqual(['node', 'bin/packetproof.mjs', 'agent', 'masquerade'])
  })

  it("runs a program of the machine under the file's own path", () => {
    const path = join(folder, 'agent')
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 })
    expect(resolve(`host:${path}`).program?.entrypoint).toEqual([path])
  })

  it('names what is wrong with a program of the machine', () => {
    const path = join(folder, 'not-executable')
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    expect(resolve(`host:${folder}/missing`).failure?.message).toContain(
      `${folder}/missing on this machine does not exist`,
    )
    expect(resolve(`host:${folder}`).failure?.message).toContain('is a directory')
    expect(resolve(`host:${path}`).failure?.message).toContain('is not executable')
  })

  it('turns a tool that is missing into a failure to pull', () => {
    const broken = {
      ...tools,
      appletsPath: () => {
        throw new Error('busybox is not installed')
      },
    }
    expect(resolveImage(imageRows, broken, 'busybox').failure).toMatchObject({
      reason: 'ErrImagePull',
      message: expect.stringContaining('busybox is not installed') as string,
    })
  })
})
