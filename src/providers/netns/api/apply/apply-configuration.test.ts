import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../types.ts'
import type { JsonObject } from '../wire.ts'
import { applyConfiguration } from './apply-configuration.ts'
import { fieldPathsOf } from './field-paths.ts'
import { formatPath, fromFieldsV1, toFieldsV1 } from './fields-v1.ts'
import { type Manager, writeManagers } from './managers.ts'
import { recordChanges } from './record-update.ts'

const by = (name: string, operation: Manager['operation'] = 'Apply'): Manager => ({
  name,
  operation,
  apiVersion: 'v1',
  subresource: '',
})
const podWith = (containers: object[], metadata: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } }) as unknown as KubeObject

/** The live object after each manager has applied its configuration. */
function applyAll(...steps: readonly (readonly [string, KubeObject, boolean?])[]): KubeObject {
  let live = podWith([])
  for (const [name, configuration, force = false] of steps) {
    const { object, managers } = applyConfiguration('V1Pod', live, configuration, by(name), force)
    writeManagers(object, managers)
    live = object
  }
  return live
}
const containersOf = (object: KubeObject): unknown =>
  (object as unknown as { spec: { containers?: unknown } }).spec.containers

describe('applyConfiguration', () => {
  it('merges lists by their keys', () => {
    const live = applyAll(['one', podWith([{ name: 'a', image: 'x' }])], ['two', podWith([{ name: 'b', image: 'y' }])])
    expect(containersOf(live)).toEqual([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ])
  })

  it('takes away what its manager no longer applies, and nothing of others', () => {
    const both = podWith([
      { name: 'a', image: 'x', env: [{ name: 'E', value: '1' }] },
      { name: 'b', image: 'y' },
    ])
    const live = applyAll(
      ['one', both],
      ['two', podWith([{ name: 'b', image: 'y' }])],
      ['one', podWith([{ name: 'a', image: 'x' }])],
    )
    expect(containersOf(live)).toEqual([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ])
  })

  it('refuses to change what another manages, and takes it over by force', () => {
    const mine = ['one', podWith([{ name: 'a', image: 'x' }])] as const
    const theirs = podWith([{ name: 'a', image: 'z' }])
    expect(() => applyAll(mine, ['two', theirs])).toThrow(
      'Apply failed with 1 conflict: conflict with "one" using v1: .spec.containers[name="a"].image',
    )
    const live = applyAll(mine, ['two', theirs, true], ['one', podWith([{ name: 'a' }])])
    expect(containersOf(live)).toEqual([{ name: 'a', image: 'z' }])
  })

  it('shares what two managers agree on', () => {
    const same = podWith([{ name: 'a', image: 'x' }])
    const live = applyAll(['one', same], ['two', same], ['one', podWith([])])
    expect(containersOf(live)).toEqual([{ name: 'a', image: 'x' }])
  })

  it('tells ports of one number apart by protocol, TCP unless they say', () => {
    const port = (protocol?: string): KubeObject =>
      podWith([{ name: 'a', ports: [{ containerPort: 53, ...(protocol ? { protocol } : {}) }] }])
    const live = applyAll(['one', port('TCP')], ['two', port()], ['three', port('UDP')])
    expect(containersOf(live)).toEqual([
      {
        name: 'a',
        ports: [
          { containerPort: 53, protocol: 'TCP' },
          { containerPort: 53, protocol: 'UDP' },
        ],
      },
    ])
  })

  it('conflicts with whoever changed a field by an ordinary write', () => {
    const live = applyAll(['one', podWith([{ name: 'a', image: 'x' }])])
    const changed = structuredClone(live)
    Object.assign((containersOf(changed) as object[])[0] ?? {}, { image: 'patched' })
    recordChanges('V1Pod', live, changed, by('kubectl-patch', 'Update'), () => true)
    const again = podWith([{ name: 'a', image: 'x' }])
    expect(() => applyConfiguration('V1Pod', changed, again, by('one'), false)).toThrow(
      'conflict with "kubectl-patch" using v1 at ',
    )
  })
})

describe('FieldsV1', () => {
  it('goes there and back', () => {
    const pod = podWith([{ name: 'a', ports: [{ containerPort: 80 }] }], {
      labels: { 'a.b/c': 'd' },
      finalizers: ['x/y'],
      name: 'p',
    })
    const paths = [...fieldPathsOf('V1Pod', pod as unknown as JsonObject).keys()]
    const fields = toFieldsV1(paths)
    expect(fields).toEqual({
      'f:metadata': { 'f:labels': { 'f:a.b/c': {} }, 'f:finalizers': { 'v:"x/y"': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"a"}': {
            '.': {},
            'f:name': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    })
    expect([...fromFieldsV1(fields)].sort()).toEqual(paths.sort())
    expect(paths.map(formatPath)).toContain(
      '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].containerPort',
    )
  })
})
