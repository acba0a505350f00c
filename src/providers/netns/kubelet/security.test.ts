import { describe, expect, it } from 'vitest'
import type { Container, PodSpec } from './objects.ts'
import { forbiddenAsRoot, resolveIdentity } from './security.ts'

type Context = NonNullable<Container['securityContext']>

const identityOf = (context?: Context, podContext?: NonNullable<PodSpec['securityContext']>) =>
  resolveIdentity(
    { containers: [], ...(podContext ? { securityContext: podContext } : {}) },
    { name: 'c', ...(context ? { securityContext: context } : {}) },
  )

describe('resolveIdentity', () => {
  it("is root with the runtime's default capabilities when nothing is said", () => {
    const { uid, gid, capabilities } = identityOf()
    expect([uid, gid]).toEqual([0, 0])
    expect(capabilities).toContain('NET_RAW')
    expect(capabilities).not.toContain('NET_ADMIN')
  })
  it("takes the pod's user where the container names none, and the container's where it does", () => {
    expect(identityOf({}, { runAsUser: 1337, runAsGroup: 7 })).toMatchObject({ uid: 1337, gid: 7 })
    expect(identityOf({ runAsUser: 0 }, { runAsUser: 1337 })).toMatchObject({ uid: 0 })
  })
  it('leaves just what is added after dropping ALL', () => {
    expect(identityOf({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] } }).capabilities).toEqual([
      'NET_ADMIN',
      'NET_RAW',
    ])
  })
  it('reads names in any case and with CAP_', () => {
    expect(identityOf({ capabilities: { drop: ['all'], add: ['CAP_NET_ADMIN', 'net_raw'] } }).capabilities).toEqual([
      'NET_ADMIN',
      'NET_RAW',
    ])
  })
  it('gives a privileged container everything', () => {
    expect(identityOf({ privileged: true, capabilities: { drop: ['ALL'] } }).capabilities).toBe('all')
    expect(identityOf({ capabilities: { add: ['ALL'] } }).capabilities).toBe('all')
  })
})

describe('forbiddenAsRoot', () => {
  const check = (context: Context) => {
    const container = { name: 'c', securityContext: context }
    return forbiddenAsRoot({ containers: [] }, container, resolveIdentity({ containers: [] }, container))
  }
  it('refuses root under runAsNonRoot, in the words of a kubelet', () => {
    expect(check({ runAsNonRoot: true })).toBe('container has runAsNonRoot and image will run as root')
    expect(check({ runAsNonRoot: true, runAsUser: 0 })).toBe("container's runAsUser breaks non-root policy")
  })
  it('lets another user pass', () => {
    expect(check({ runAsNonRoot: true, runAsUser: 5 })).toBeUndefined()
    expect(check({})).toBeUndefined()
  })
})
