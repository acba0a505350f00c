import { describe, expect, it } from 'vitest'
import { testChoices } from '../scenarios/choices.test-helper.ts'
import { forwardGuard } from '../scenarios/forward-guard/forward-guard.ts'
import { masquerade } from '../scenarios/masquerade/masquerade.ts'

describe('the scenarios of npm test', () => {
  it('run on the embedded cluster, with their faults', () => {
    expect(testChoices(masquerade, {})).toEqual({
      provider: 'netns',
      choices: {},
      components: new Map(),
      slow: false,
      provesFaults: true,
    })
  })

  it('share clusters where these are dear, but for those that replace rules of the nodes', () => {
    const env = { PACKETPROOF_PROVIDER: 'kind', PACKETPROOF_IMAGE: 'kindest/node:local', PACKETPROOF_SLOW: '1' }
    expect(testChoices(masquerade, env)).toMatchObject({
      provider: 'kind',
      choices: { image: 'kindest/node:local', retain: true, shared: true },
      slow: true,
      provesFaults: false,
    })
    expect(testChoices(forwardGuard, env).choices).toEqual({ image: 'kindest/node:local' })
  })

  it('take their own of the components, and break nothing that is borrowed', () => {
    const env = {
      PACKETPROOF_PROVIDER: 'kubeconfig',
      PACKETPROOF_CONTEXT: 'staging',
      PACKETPROOF_YES: '1',
      PACKETPROOF_COMPONENT: 'masquerade=present,forward-guard=builtin',
    }
    expect(testChoices(masquerade, env)).toEqual({
      provider: 'kubeconfig',
      choices: { context: 'staging', yes: true },
      components: new Map([['masquerade', 'present']]),
      slow: false,
      provesFaults: false,
    })
  })
})
