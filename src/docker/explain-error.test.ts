import { describe, expect, it } from 'vitest'
import { explainDockerError } from './explain-error.ts'

const cannotConnect =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'
const noPermission =
  'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied'
const unreachable =
  'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: dial udp 10.0.0.1:53: connect: network is unreachable'

describe('explainDockerError', () => {
  it.each([
    ['a daemon that does not run', cannotConnect, 'E_ENVIRONMENT', 'the Docker daemon does not run', 'systemctl start'],
    ['a socket of another user', noPermission, 'E_NO_PRIVILEGE', 'may not speak to the Docker daemon', 'usermod -aG'],
    [
      'a subnet that is taken',
      'Error response from daemon: Pool overlaps with other one on this address space',
      'E_ENVIRONMENT',
      'a subnet is in use by another Docker network',
      'docker network ls',
    ],
    [
      'an image that nobody has',
      "Unable to find image 'nope:1' locally\ndocker: Error response from daemon: pull access denied for nope, repository does not exist.\nSee 'docker run --help'.",
      'E_ENVIRONMENT',
      'an image is missing',
      'images load',
    ],
    ['no way to a registry', unreachable, 'E_ENVIRONMENT', 'a registry cannot be reached', 'images save'],
  ])('names %s, and what to do', (_, output, code, message, hint) => {
    const error = explainDockerError(output, 'docker x')
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  it('repeats what Docker said without its prefixes and its advice', () => {
    const error = explainDockerError(
      "docker: Error response from daemon: it broke.\nSee 'docker run --help'.\n",
      'docker run x',
    )
    expect(error).toMatchObject({ code: 'E_CLUSTER', message: 'docker run x failed: it broke.' })
    expect(explainDockerError('', 'docker run x').message).toBe('docker run x failed: it said nothing')
  })
})
