import { describe, expect, it } from 'vitest'
import { allCapabilities } from '../../cluster/capability.ts'
import { loadProfile } from '../../cluster/load-profile.ts'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import type { Docker } from '../../docker/docker.ts'
import { kindCapabilities } from './capabilities.ts'
import { isAbandoned, ownerOf } from './labels.ts'
import { checkMachine, checkProfile } from './preflight.ts'

const profile = loadProfile('masquerade')

/** Of the daemon only its control groups are asked about. */
function dockerWith(cgroupVersion: string): Docker {
  return { run: async () => await Promise.resolve(cgroupVersion) } as unknown as Docker
}

describe('checkMachine', () => {
  it('counts the inotify instances before minutes are spent', async () => {
    await expect(checkMachine(dockerWith('2'), profile, 'kindest/node:v1.37.0', 119)).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      message: '3 nodes need about 120 inotify instances, and this machine allows a user 119',
      hint: expect.stringContaining('fs.inotify.max_user_instances=512') as string,
    })
    await expect(checkMachine(dockerWith('2'), profile, 'kindest/node:v1.37.0', 120)).resolves.toBeUndefined()
  })

  it('knows which node images refuse control groups of version 1', async () => {
    for (const image of ['kindest/node:v1.35.8', 'kindest/node:v1.37.0@sha256:00', 'mirror:5000/kindest/node:v2.0.0']) {
      await expect(checkMachine(dockerWith('1'), profile, image, 512)).rejects.toThrow(
        'needs control groups of version 2',
      )
      await expect(checkMachine(dockerWith('2'), profile, image, 512)).resolves.toBeUndefined()
    }
    for (const image of ['kindest/node:v1.34.11', 'my-node:latest']) {
      await expect(checkMachine(dockerWith('1'), profile, image, 512)).resolves.toBeUndefined()
    }
  })
})

describe('checkProfile', () => {
  const withKind = (kind: object): ClusterProfile => profileSchema.parse({ ...profile, kind })

  it('wants somebody to take on Services where kube-proxy is off', () => {
    expect(() => checkProfile(withKind({ cni: 'calico', kubeProxyMode: 'none' }))).toThrow(
      'cluster profile "masquerade", kind.kubeProxyMode: none leaves Services to the network plugin, which only cilium takes on (kind.cni is calico)',
    )
    expect(() => checkProfile(withKind({ cni: 'cilium', kubeProxyMode: 'none' }))).not.toThrow()
  })
})

describe('kindCapabilities', () => {
  const missing = (kind: object, lack?: string): readonly string[] => {
    const capabilities = kindCapabilities(profileSchema.parse({ ...profile, kind }), lack)
    return allCapabilities.filter((name) => capabilities[name] !== 'present')
  }

  it('lack what kind itself adds to a cluster', () => {
    const lacking = missing({ cni: 'default' })
    expect(lacking).toEqual([
      'profile-addresses',
      'fixed-pod-addresses',
      'no-foreign-masquerade',
      'no-foreign-rules',
      'no-policy-engine',
      'host-images',
    ])
  })

  it('go by the network plugin', () => {
    const calico = missing({ cni: 'calico' })
    expect(calico).not.toContain('fixed-pod-addresses')
    expect(calico).not.toContain('no-foreign-masquerade')
    expect(missing({ cni: 'cilium' })).toContain('no-foreign-masquerade')
  })

  it("say why this project's agents cannot run as pods", () => {
    const capabilities = kindCapabilities(profile, 'a registry cannot be reached')
    expect(capabilities['agent-image']).toMatchObject({ reason: 'a registry cannot be reached' })
    expect(capabilities.prober).toMatchObject({ reason: 'a registry cannot be reached' })
  })
})

describe('an owner', () => {
  it('is this process, and has left things only when it has ended', () => {
    expect(isAbandoned(ownerOf())).toBe(false)
    const [boot, pid, start] = ownerOf().split(' ')
    expect(isAbandoned(`${boot} ${pid} ${Number(start) + 1}`)).toBe(true)
    expect(isAbandoned(`${boot} 4194304 1`)).toBe(true)
  })

  it('of another machine, or of a time before it was started anew, may still be there', () => {
    expect(isAbandoned('another-boot 1 1')).toBe(false)
  })
})
