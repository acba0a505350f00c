import { describe, expect, it } from 'vitest'
import { pullReference, taggedReference } from './image-reference.ts'
import { filePins, type ImagePin, imagePins, nodeImages } from './pins.ts'

const pins: readonly ImagePin[] = [...Object.values(imagePins), ...Object.values(nodeImages)]

describe('the pinned images', () => {
  it('are fixed by a digest wherever a tag can be moved by others', () => {
    const movable = pins.filter(({ target, digest }) => target === undefined && digest === undefined)
    // registry.k8s.io promotes a tag once and never moves it.
    expect(movable.map(({ repository }) => repository)).toEqual(['registry.k8s.io/e2e-test-images/agnhost'])
    for (const { digest = '' } of pins.filter((pin) => 'digest' in pin)) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('name their registry, and no tag that moves', () => {
    for (const { repository, tag } of pins) {
      expect(repository).toMatch(/^[a-z0-9.-]+\.[a-z]+\//)
      expect(tag).not.toBe('latest')
    }
  })

  it('have names of their own', () => {
    const names = Object.values(imagePins).map((pin) => taggedReference(pin))
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('the pinned files', () => {
  it('are fixed by their content', () => {
    for (const { sha256, url } of Object.values(filePins)) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(url).toMatch(/^https:/)
    }
  })
})

describe('an image reference', () => {
  it('is pulled by its digest and used by its tag', () => {
    expect(pullReference(imagePins['calico-cni'])).toMatch(/^quay\.io\/calico\/cni@sha256:bb15/)
    expect(taggedReference(imagePins['calico-cni'])).toBe('quay.io/calico/cni:v3.32.1')
    expect(pullReference(imagePins.agnhost)).toBe('registry.k8s.io/e2e-test-images/agnhost:2.53')
  })

  it("is shortened as Docker shortens its own registry's", () => {
    expect(taggedReference(imagePins.busybox)).toBe('busybox:1.37.0')
    expect(taggedReference(imagePins['kind-node'])).toBe('kindest/node:v1.37.0')
  })
})
