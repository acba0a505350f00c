import { describe, expect, it } from 'vitest'
import { decodeModel } from './decode.ts'

const container = (fields: object): object => ({ spec: { containers: [{ name: 'a', ...fields }] } })

describe('decodeModel', () => {
  it('names every unknown field and leaves it out', () => {
    const { object, unknownFields } = decodeModel('V1Pod', {
      foo: 1,
      spec: { containers: [{ name: 'a', imge: 'b' }], volums: [] },
    })
    expect(unknownFields).toEqual(['foo', 'spec.containers[0].imge', 'spec.volums'])
    expect(object).toEqual({ spec: { containers: [{ name: 'a' }] } })
  })

  it('drops nulls', () => {
    expect(decodeModel('V1Pod', { metadata: { creationTimestamp: null }, spec: null }).object).toEqual({ metadata: {} })
  })

  it('takes numbers as quantities', () => {
    expect(decodeModel('V1Pod', container({ resources: { limits: { cpu: 1, memory: '64Mi' } } })).object).toEqual(
      container({ resources: { limits: { cpu: '1', memory: '64Mi' } } }),
    )
  })

  it.each([
    [
      container({ ports: [{ containerPort: '80' }] }),
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      container({ ports: [{ containerPort: 80.5 }] }),
      'json: cannot unmarshal number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      container({ env: [{ name: 'A', value: 1 }] }),
      'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { metadata: { labels: ['a'] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      { spec: { hostNetwork: 'yes' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [container({ resources: { limits: { cpu: 'lots' } } }), 'quantities must match the regular expression'],
  ])('refuses %j as Go does', (value, message) => {
    expect(() => decodeModel('V1Pod', value)).toThrow(message)
  })

  it('refuses what is not base64', () => {
    expect(decodeModel('V1Secret', { data: { a: 'Yg==' } }).object).toEqual({ data: { a: 'Yg==' } })
    expect(() => decodeModel('V1Secret', { data: { a: 'not base64!' } })).toThrow('illegal base64 data at input byte 3')
  })

  it('does not mistake the members of every object for fields', () => {
    expect(decodeModel('V1Pod', JSON.parse('{"constructor":{},"__proto__":{}}')).unknownFields).toEqual([
      'constructor',
      '__proto__',
    ])
  })
})
