import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../wire.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const patchSpec = (target: JsonObject, patch: JsonObject): Json => applyStrategicMergePatch('V1PodSpec', target, patch)
const two = {
  containers: [
    { name: 'a', image: 'x' },
    { name: 'b', image: 'y' },
  ],
}

describe('applyStrategicMergePatch', () => {
  it('merges list items by their key and appends new ones', () => {
    expect(
      patchSpec(two, {
        containers: [
          { name: 'b', image: 'z' },
          { name: 'c', image: 'w' },
        ],
      }),
    ).toEqual({
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'z' },
        { name: 'c', image: 'w' },
      ],
    })
  })

  it('deletes an item', () => {
    expect(patchSpec(two, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      containers: [{ name: 'b', image: 'y' }],
    })
  })

  it('replaces a list', () => {
    expect(patchSpec(two, { containers: [{ $patch: 'replace' }, { name: 'z', image: 'q' }] })).toEqual({
      containers: [{ name: 'z', image: 'q' }],
    })
  })

  it('replaces and deletes an object', () => {
    const target = { nodeSelector: { a: '1', b: '2' } }
    expect(patchSpec(target, { nodeSelector: { $patch: 'replace', c: '3' } })).toEqual({ nodeSelector: { c: '3' } })
    expect(patchSpec(target, { nodeSelector: { $patch: 'delete' } })).toEqual({ nodeSelector: {} })
  })

  it('replaces lists that have no key', () => {
    expect(patchSpec({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual({
      tolerations: [{ key: 'b' }],
    })
  })

  it('merges and removes primitives', () => {
    const target = { finalizers: ['a/x', 'a/y'] }
    const patch = { finalizers: ['a/z', 'a/y'], '$deleteFromPrimitiveList/finalizers': ['a/x'] }
    expect(applyStrategicMergePatch('V1ObjectMeta', target, patch)).toEqual({ finalizers: ['a/y', 'a/z'] })
    const lone = { '$deleteFromPrimitiveList/finalizers': ['a/x'] }
    expect(applyStrategicMergePatch('V1ObjectMeta', target, lone)).toEqual({ finalizers: ['a/y'] })
  })

  it('puts a merged list in order', () => {
    const patch = {
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
      containers: [{ name: 'c', image: 'w' }],
    }
    const { containers } = patchSpec(two, patch) as { containers: { name: string }[] }
    expect(containers.map(({ name }) => name)).toEqual(['c', 'b', 'a'])
  })

  it('retains only the keys that are named', () => {
    const target = { volumes: [{ name: 'v', emptyDir: {} }] }
    const patch = { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }
    expect(patchSpec(target, patch)).toEqual({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] })
  })

  it('deletes a field by null, deep inside', () => {
    const target = { containers: [{ name: 'a', image: 'x', resources: { limits: { cpu: '1' } } }] }
    expect(patchSpec(target, { containers: [{ name: 'a', resources: { limits: null } }] })).toEqual({
      containers: [{ name: 'a', image: 'x', resources: {} }],
    })
  })

  it('leaves no null behind in what it adds', () => {
    expect(patchSpec({}, { securityContext: { runAsUser: null, fsGroup: 1 } })).toEqual({
      securityContext: { fsGroup: 1 },
    })
  })

  it('refuses an item without the key, and a directive it does not know', () => {
    expect(() => patchSpec(two, { containers: [{ image: 'x' }] })).toThrow('does not contain declared merge key: name')
    expect(() => patchSpec(two, { nodeSelector: { $patch: 'frob' } })).toThrow('Unknown patch type found: "frob"')
  })
})
