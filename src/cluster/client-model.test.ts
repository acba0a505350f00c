import { describe, expect, it } from 'vitest'
import { toClientModel } from './client-model.ts'

const policy = (ingress: unknown) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'from-b' },
  spec: { podSelector: {}, ingress },
})

describe('toClientModel', () => {
  it('gives the peers of a NetworkPolicy the name under which the client sends them', () => {
    const peers = [{ podSelector: {} }]
    const manifest = policy([{ from: peers, ports: [{ port: 80 }] }, {}, { _from: peers }])
    expect(toClientModel(manifest)).toEqual(policy([{ _from: peers, ports: [{ port: 80 }] }, {}, { _from: peers }]))
    expect(manifest.spec.ingress).toHaveProperty('0.from')
  })

  it('leaves everything else as it is', () => {
    for (const object of [policy(undefined), { kind: 'Service', spec: { ingress: [{ from: 1 }] } }, { kind: 'Pod' }]) {
      expect(toClientModel(object)).toBe(object)
    }
  })
})
