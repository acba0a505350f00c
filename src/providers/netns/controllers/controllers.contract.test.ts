import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requireKubectl, requireKubectlExec } from '../../../../helpers/kubectl.test-helper.ts'
import {
  createKubectlCluster,
  idle,
  type KubectlCluster,
  podObject,
  shell,
} from '../kubelet/testing/kubectl-cluster.ts'

let cluster: KubectlCluster
beforeAll(async () => {
  cluster = await createKubectlCluster('controllers')
})
beforeEach(requireKubectl)
afterAll(async () => cluster[Symbol.asyncDispose]())

const rollout = async (target: string): Promise<string> => cluster.kubectl('rollout', 'status', target, '--timeout=20s')

function workload(kind: string, name: string, more: object, podSpec: object): object {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec }, ...more },
  }
}

describe('a DaemonSet', () => {
  const tolerations = [{ operator: 'Exists' }]
  const nodesOf = (name: string) => [
    ...['get', 'pods', '-l', `app=${name}`, '--sort-by=.spec.nodeName', '-o', 'jsonpath={.items[*].spec.nodeName}'],
  ]

  it('runs on every node that it tolerates, on the host network when it asks for it', async () => {
    await cluster.apply(
      workload('DaemonSet', 'agent', {}, { hostNetwork: true, tolerations, containers: [shell(idle)] }),
    )
    expect(await rollout('ds/agent')).toContain('successfully rolled out')
    expect(await cluster.kubectl(...nodesOf('agent'))).toBe('cp w1 w2')
    const address = await cluster.kubectl('get', 'pods', '-l', 'app=agent', '-o', 'jsonpath={.items[*].status.podIP}')
    expect(address.split(' ').sort()).toEqual(['172.18.0.2', '172.18.0.3', '172.18.0.4'])
  })

  it('rolls a new template out, node by node', async () => {
    const before = await cluster.kubectl('get', 'pods', '-l', 'app=agent', '-o', 'name')
    await cluster.kubectl('set', 'env', 'ds/agent', 'REVISION=2')
    expect(await rollout('ds/agent')).toContain('successfully rolled out')
    const after = await cluster.kubectl('get', 'pods', '-l', 'app=agent', '-o', 'name')
    expect(after.split('\n')).toHaveLength(3)
    for (const name of before.split('\n')) expect(after).not.toContain(name)
  })

  it('rolls back to the template before', async () => {
    expect(await cluster.kubectl('rollout', 'history', 'ds/agent')).toMatch(/^1\s.*\n2\s/m)
    await cluster.kubectl('rollout', 'undo', 'ds/agent')
    expect(await rollout('ds/agent')).toContain('successfully rolled out')
    const env = await cluster.kubectl('get', 'ds', 'agent', '-o', 'jsonpath={.spec.template.spec.containers[*].env}')
    expect(env).toBe('')
  })

  it('follows the labels of nodes', async () => {
    const podSpec = { nodeSelector: { 'example.com/ready': 'true' }, containers: [shell(idle)] }
    await cluster.apply(workload('DaemonSet', 'selected', {}, podSpec))
    await rollout('ds/selected')
    expect(await cluster.kubectl(...nodesOf('selected'))).toBe('')
    await cluster.kubectl('label', 'node', 'w2', 'example.com/ready=true')
    await cluster.until('the pod to start', nodesOf('selected'), (output) => output === 'w2')
    await cluster.kubectl('label', 'node', 'w2', 'example.com/ready-')
    await cluster.until('the pod to go', nodesOf('selected'), (output) => output === '')
  })

  it('takes its pods along when it is deleted', async () => {
    await cluster.kubectl('delete', 'ds', 'agent', 'selected')
    await cluster.until('the pods to go', nodesOf('agent'), (output) => output === '')
  })
})

describe('a Deployment with a Service', () => {
  const server = {
    name: 'main',
    image: 'agnhost',
    args: ['netexec'],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { exec: { command: ['test', '!', '-e', '/tmp/drain'] }, periodSeconds: 1, failureThreshold: 1 },
  }
  const endpoints = ['get', 'endpoints', 'web', '-o', 'jsonpath={.subsets[*].addresses[*].ip}']
  const count = (output: string): number => output.split(' ').filter((word) => word !== '').length

  it('becomes available, and its ready pods are the endpoints', async () => {
    await cluster.apply(
      workload('Deployment', 'web', { replicas: 2 }, { terminationGracePeriodSeconds: 1, containers: [server] }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
      },
    )
    await cluster.kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=20s')
    await cluster.until('two endpoints', endpoints, (output) => count(output) === 2)
    const slice = [
      'get',
      'endpointslices',
      '-l',
      'kubernetes.io/service-name=web',
      '-o',
      'jsonpath={.items[*].ports[*].port}',
    ]
    expect(await cluster.kubectl(...slice)).toBe('8080')
  })

  it('leaves a pod that is not ready out of the endpoints', async (context) => {
    requireKubectlExec(context)
    const name = await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}')
    await cluster.kubectl('exec', name, '--', 'touch', '/tmp/drain')
    await cluster.until('one endpoint', endpoints, (output) => count(output) === 1)
    await cluster.kubectl('exec', name, '--', 'rm', '/tmp/drain')
    await cluster.until('two endpoints', endpoints, (output) => count(output) === 2)
  })

  it('scales, rolls out, and rolls back', async () => {
    await cluster.kubectl('scale', 'deployment/web', '--replicas=3')
    expect(await rollout('deployment/web')).toContain('successfully rolled out')
    await cluster.kubectl('set', 'env', 'deployment/web', 'REVISION=2')
    expect(await rollout('deployment/web')).toContain('successfully rolled out')
    await cluster.until('three endpoints', endpoints, (output) => count(output) === 3)
    await cluster.kubectl('rollout', 'undo', 'deployment/web')
    await rollout('deployment/web')
    // A pod of the revision before may still be on its way out.
    const env = ['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.containers[*].env}']
    await cluster.until('no pod of the other revision', env, (output) => output === '')
  })
})

describe('the scheduler', () => {
  it('says why a pod fits nowhere, and binds it when that changes', async () => {
    await cluster.apply(podObject('picky', { nodeSelector: { disk: 'fast' }, containers: [shell(idle)] }))
    await cluster.until('the event', ['describe', 'pod', 'picky'], (output) =>
      output.includes("2 node(s) didn't match Pod's node affinity/selector"),
    )
    await cluster.kubectl('label', 'node', 'w1', 'disk=fast')
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/picky', '--timeout=15s')
  })

  it('leaves a cordoned node alone', async () => {
    await cluster.kubectl('cordon', 'w1')
    await cluster.apply(...['x', 'y', 'z'].map((name) => podObject(name, { containers: [shell(idle)] })))
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/x', 'pod/y', 'pod/z', '--timeout=15s')
    expect(await cluster.kubectl('get', 'pods', 'x', 'y', 'z', '-o', 'jsonpath={.items[*].spec.nodeName}')).toBe(
      'w2 w2 w2',
    )
  })
})

describe('a NoExecute taint', () => {
  it('makes the pods go that do not tolerate it', async () => {
    const tolerations = [{ operator: 'Exists' }]
    await cluster.apply(
      podObject('goes', { nodeName: 'w2', containers: [shell(idle)] }),
      podObject('stays', { nodeName: 'w2', tolerations, containers: [shell(idle)] }),
    )
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/goes', 'pod/stays', '--timeout=15s')
    await cluster.kubectl('taint', 'node', 'w2', 'broken=yes:NoExecute')
    await cluster.kubectl('wait', '--for=delete', 'pod/goes', '--timeout=15s')
    expect(await cluster.kubectl('get', 'pod', 'stays', '-o', 'jsonpath={.status.phase}')).toBe('Running')
  })
})

describe('a Node that is deleted', () => {
  it('takes its pods along, though no kubelet ends them', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'ghost' } })
    await cluster.apply(podObject('haunted', { nodeName: 'ghost', containers: [shell(idle)] }))
    expect(await cluster.kubectl('get', 'pod', 'haunted', '-o', 'jsonpath={.status.phase}')).toBe('Pending')
    await cluster.kubectl('delete', 'node', 'ghost')
    await cluster.kubectl('wait', '--for=delete', 'pod/haunted', '--timeout=15s')
  })
})
