import { describe, expect, it } from 'vitest'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import { renderCleanup } from './cleanup.ts'
import { masqueradeOwnership } from './deploy.ts'
import { masqAgentReadySelector, masqueradeManifest, upstreamImage } from './manifest.ts'

describe('the manifest', () => {
  it('is a DaemonSet on the host network that reads the optional ConfigMap', () => {
    const [daemonSet, ...others] = masqueradeManifest()
    expect(others).toEqual([])
    expect(daemonSet).toMatchObject({
      kind: 'DaemonSet',
      metadata: { name: 'ip-masq-agent', namespace: 'kube-system' },
      spec: {
        selector: { matchLabels: { 'k8s-app': 'ip-masq-agent' } },
        template: {
          spec: {
            hostNetwork: true,
            containers: [
              {
                image: expect.stringMatching(/^packetproof\/agent:\d/),
                args: ['masquerade'],
                securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
                volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
              },
            ],
            volumes: [
              {
                configMap: { name: 'ip-masq-agent', optional: true, items: [{ key: 'config', path: 'ip-masq-agent' }] },
              },
            ],
          },
        },
      },
    })
    expect(JSON.stringify(daemonSet)).not.toContain('nodeSelector')
  })

  it('has the configuration under the key config, a text as it is', () => {
    const config = 'nonMasqueradeCIDRs: []\n'
    expect(masqueradeManifest({ config })[0]).toMatchObject({ kind: 'ConfigMap', data: { config } })
    const [object] = masqueradeManifest({ config: { masqLinkLocal: true } })
    expect(object).toMatchObject({ data: { config: '{\n  "masqLinkLocal": true\n}\n' } })
  })

  it("runs the published image, or the user's own, with the flags alone", () => {
    const args = ['--enable-ipv6']
    const container = (variant: 'upstream' | { image: string }): unknown =>
      JSON.parse(JSON.stringify(masqueradeManifest({ variant, args }))).at(0).spec.template.spec.containers[0]
    expect(container('upstream')).toMatchObject({ image: upstreamImage, args })
    expect(container({ image: 'host:/opt/agent' })).toMatchObject({ image: 'host:/opt/agent', args })
  })

  it('selects labelled nodes when it is told to', () => {
    expect(masqueradeManifest({ nodeSelector: masqAgentReadySelector })[0]).toMatchObject({
      spec: { template: { spec: { nodeSelector: { 'node.kubernetes.io/masq-agent-ds-ready': 'true' } } } },
    })
  })
})

describe('what the agent owns', () => {
  it('follows its flags', () => {
    expect(masqueradeOwnership({})).toEqual({ families: [4], chains: ['IP-MASQ-AGENT'], sets: [], devices: [] })
    expect(masqueradeOwnership({ args: ['--masq-chain=X', '--enable-ipv6'] })).toMatchObject({
      families: [4, 6],
      chains: ['X'],
    })
  })

  it('is taken away with every jump, whatever its comment', () => {
    const jump = String.raw`-A POSTROUTING -m comment --comment "\"ip-masq-agent: quoted\"" -j IP-MASQ-AGENT`
    const listing = `*nat\n:POSTROUTING ACCEPT [0:0]\n:IP-MASQ-AGENT - [0:0]\n${jump}\n-A POSTROUTING -j OTHER\n-A IP-MASQ-AGENT -j MASQUERADE\nCOMMIT\n`
    expect(renderCleanup({ ruleset: parseRuleset(listing) }, 'IP-MASQ-AGENT')).toBe(
      `*nat\n:IP-MASQ-AGENT - [0:0]\n${jump.replace('-A', '-D')}\n-X IP-MASQ-AGENT\nCOMMIT\n`,
    )
    expect(renderCleanup({ ruleset: parseRuleset(listing) }, 'ABSENT')).toBeUndefined()
  })
})
