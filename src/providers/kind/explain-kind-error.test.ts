import { describe, expect, it } from 'vitest'
import { explainKindError } from './explain-kind-error.ts'

/** As kind 0.33 prints them. */
const samples = {
  noDaemon: `ERROR: failed to create cluster: failed to get docker info: command "docker info --format '{{json .}}'" failed with error: exit status 1

Command Output: {"ID":"","Containers":0}
Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
`,
  noImage: `Creating cluster "x1" ...
 • Ensuring node image (kindest/node:v1.37.0)  ...
 ✗ Ensuring node image (kindest/node:v1.37.0)
ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0": command "docker pull kindest/node:v1.37.0" failed with error: exit status 1

Command Output: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: network is unreachable
`,
  inUse: 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "x1"\n',
  badConfig:
    'ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors:\n  line 3: field labls not found in type v1alpha4.Node\n',
  notStarted: `ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"\n`,
  other: `ERROR: failed to create cluster: command "docker run --name x" failed with error: exit status 125

Command Output: docker: Error response from daemon: something else.
Stack Trace:
sigs.k8s.io/kind/pkg/errors.WithStack
`,
}

describe('explainKindError', () => {
  it.each([
    ['a daemon that does not run', samples.noDaemon, 'E_ENVIRONMENT', 'the Docker daemon does not run'],
    ['an image that cannot be had', samples.noImage, 'E_ENVIRONMENT', 'a registry cannot be reached'],
    ['a name in use', samples.inUse, 'E_CLUSTER', 'a kind cluster of this name exists already'],
    ['a configuration that kind does not know', samples.badConfig, 'E_INVALID_INPUT', 'kind refuses the configuration'],
    ['a node that does not start', samples.notStarted, 'E_CLUSTER', 'a node did not start'],
  ])('names %s', (_, output, code, message) => {
    const error = explainKindError(output, 'kind create cluster')
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  it('repeats what else went wrong, without steps and stacks', () => {
    const { message } = explainKindError(samples.other, 'kind create cluster')
    expect(message).toMatch(/^kind create cluster failed: .*exit status 125.* something else\.$/)
    expect(message).not.toContain('WithStack')
  })
})
