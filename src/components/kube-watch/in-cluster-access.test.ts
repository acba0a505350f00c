import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inClusterAccess } from './in-cluster-access.ts'

const [ca = ''] = rootCertificates
const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }

describe('in-cluster access', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packetproof-service-account-'))
    writeFileSync(join(folder, 'token'), 'secret\n')
    writeFileSync(join(folder, 'ca.crt'), ca)
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('comes from the environment and the files of the service account', () => {
    const access = inClusterAccess(env, folder)
    expect(access.server.href).toBe('https://10.96.0.1/')
    expect(access.tls).toEqual({ ca })
    expect(access.token()).toBe('secret')
  })

  it('takes an IPv6 address', () => {
    expect(inClusterAccess({ ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder).server.host).toBe('[fd00::1]')
  })

  it('reads the token anew each time: it is renewed while the pod runs', () => {
    const access = inClusterAccess(env, folder)
    writeFileSync(join(folder, 'token'), 'renewed')
    expect(access.token()).toBe('renewed')
  })

  it.each([
    [{}, 'KUBERNETES_SERVICE_HOST is not set'],
    [{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, 'KUBERNETES_SERVICE_PORT is not set'],
    [{ ...env, KUBERNETES_SERVICE_PORT: 'https' }, 'are not an address and a port'],
  ])('with the environment %j is refused', (given, message) => {
    expect(() => inClusterAccess(given, folder)).toThrow(message)
  })

  it.each(['token', 'ca.crt'])('says that %s is missing, and why that may be', (name) => {
    rmSync(join(folder, name))
    expect(() => inClusterAccess(env, folder)).toThrow(
      expect.objectContaining({
        code: 'E_ENVIRONMENT',
        message: `the service account's ${name}: cannot read ${join(folder, name)}: no such file`,
        hint: expect.stringContaining('automountServiceAccountToken') as string,
      }),
    )
  })

  it('refuses files that hold nothing of use', () => {
    writeFileSync(join(folder, 'ca.crt'), 'not a certificate')
    expect(() => inClusterAccess(env, folder)).toThrow('expected certificates in PEM')
    writeFileSync(join(folder, 'token'), '\n')
    expect(() => inClusterAccess(env, folder)).toThrow('token is empty')
  })
})
