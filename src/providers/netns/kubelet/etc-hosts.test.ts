import { describe, expect, it } from 'vitest'
import { hostsFile } from './etc-hosts.ts'
import type { PodObject } from './objects.ts'

describe('hostsFile', () => {
  it('names the pod by each of its addresses, and what hostAliases say', () => {
    const pod: PodObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
      spec: { containers: [], hostAliases: [{ ip: '10.1.2.3', hostnames: ['db', 'db.local'] }] },
    }
    const lines = hostsFile(pod, { hostname: 'p', podIps: ['10.0.0.2', 'fd00::2'], hostIps: [] }).split('\n')
    expect(lines).toContain('10.0.0.2\tp')
    expect(lines).toContain('fd00::2\tp')
    expect(lines).toContain('10.1.2.3\tdb\tdb.local')
    expect(lines).toContain('127.0.0.1\tlocalhost')
  })
})
