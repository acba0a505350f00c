import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requireKubectl, requireKubectlExec } from '../../../../helpers/kubectl.test-helper.ts'
import { createKubectlCluster, idle, type KubectlCluster, podObject, shell } from './testing/kubectl-cluster.ts'

let cluster: KubectlCluster
beforeAll(async () => {
  cluster = await createKubectlCluster('kubelet')
})
beforeEach(requireKubectl)
afterAll(async () => cluster[Symbol.asyncDispose]())

const ready = async (...names: readonly string[]): Promise<void> => {
  await cluster.kubectl('wait', '--for=condition=Ready', '--timeout=15s', ...names.map((name) => `pod/${name}`))
}
const configMap = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

describe('nodes', () => {
  it('are Ready, with the addresses, roles and taint of a kind cluster', async () => {
    const wide = await cluster.kubectl('get', 'nodes', '-o', 'wide')
    expect(wide).toMatch(/^cp\s+Ready\s+control-plane\s.*172\.18\.0\.2/m)
    expect(wide).toContain('packetproof://')
    expect(await cluster.kubectl('get', 'node', 'cp', '-o', 'jsonpath={.spec.taints[0].key}')).toBe(
      'node-role.kubernetes.io/control-plane',
    )
    expect(await cluster.kubectl('get', 'node', '-l', 'zone=a', '-o', 'name')).toBe('node/w1')
    expect(await cluster.kubectl('describe', 'node', 'w1')).toMatch(/HolderIdentity:\s+w1/)
  })
})

describe('a pod', () => {
  it('runs with its user, environment and command, and its logs can be read', async () => {
    const env = [
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'BOTH', value: '$(NODE) $(ADDRESS) $$(NODE)' },
    ]
    const main = shell('id -u; echo "$BOTH"; env | grep FROM_', {
      env,
      envFrom: [{ prefix: 'FROM_', configMapRef: { name: 'settings' } }],
      securityContext: { runAsUser: 1337 },
    })
    await cluster.apply(
      configMap('settings', { KEY: 'value' }),
      podObject('env', { restartPolicy: 'Never', nodeName: 'w2', containers: [main] }),
    )
    await cluster.until('the pod to succeed', ['get', 'pod', 'env'], (output) => output.includes('Completed'))
    const address = await cluster.kubectl('get', 'pod', 'env', '-o', 'jsonpath={.status.podIP}')
    expect(await cluster.kubectl('logs', 'env')).toBe(`1337\nw2 ${address} $(NODE)\nFROM_KEY=value`)
  })

  it('gets the fixed address that its annotation asks for, and its interface goes away with it', async () => {
    const annotations = { 'cni.projectcalico.org/ipAddrs': '["10.244.1.132"]' }
    await cluster.apply(podObject('fixed', { nodeName: 'w1', containers: [shell(idle)] }, { annotations }))
    await ready('fixed')
    expect(await cluster.kubectl('get', 'pod', 'fixed', '-o', 'jsonpath={.status.podIP}')).toBe('10.244.1.132')
    expect(await cluster.onNode('w1', 'ip', 'route', 'get', '10.244.1.132')).toContain('dev cali')
    await cluster.kubectl('delete', 'pod', 'fixed')
    expect(await cluster.onNode('w1', 'ip', 'route', 'show', '10.244.1.132')).toBe('')
  })

  it("shares a folder of its node with the other pods there, by way of the node's own links", async () => {
    const volumes = [{ name: 'shared', hostPath: { path: '/var/run/shared', type: 'DirectoryOrCreate' } }]
    const volumeMounts = [{ name: 'shared', mountPath: '/shared', subPath: 'below' }]
    const pod = (name: string, nodeName: string, command: string): object =>
      podObject(name, { restartPolicy: 'Never', nodeName, volumes, containers: [shell(command, { volumeMounts })] })
    const succeeded = async (name: string): Promise<unknown> =>
      await cluster.until(`${name} to succeed`, ['get', 'pod', name], (output) => output.includes('Completed'))
    await cluster.apply(pod('writer', 'w1', 'echo kept > /shared/file'))
    await succeeded('writer')
    await cluster.apply(pod('reader', 'w1', 'cat /shared/file'), pod('elsewhere', 'w2', 'ls /shared'))
    await Promise.all(['reader', 'elsewhere'].map(succeeded))
    expect(await cluster.kubectl('logs', 'reader')).toBe('kept')
    expect(await cluster.kubectl('logs', 'elsewhere')).toBe('')
  })

  it('runs init containers first, and they share its volumes', async () => {
    const volumeMounts = [{ name: 'work', mountPath: '/data' }]
    await cluster.apply(
      podObject('init', {
        restartPolicy: 'Never',
        volumes: [{ name: 'work', emptyDir: {} }],
        initContainers: [{ ...shell('echo prepared > /data/file', { volumeMounts }), name: 'first' }],
        containers: [shell('cat /data/file', { volumeMounts })],
      }),
    )
    await cluster.until('the pod to succeed', ['get', 'pod', 'init'], (output) => output.includes('Completed'))
    expect(await cluster.kubectl('logs', 'init', '-c', 'main')).toBe('prepared')
  })

  it('sees the processes of its node with hostPID, enters the network of another pod, and takes its own along', async (context) => {
    requireKubectlExec(context)
    const address = '10.244.2.77'
    const annotations = { 'cni.projectcalico.org/ipAddrs': `["${address}"]` }
    await cluster.apply(
      podObject('neighbour', { nodeName: 'w2', containers: [shell('exec sleep 31337')] }, { annotations }),
      podObject('node-tools', {
        nodeName: 'w2',
        hostNetwork: true,
        hostPID: true,
        containers: [shell(idle, { securityContext: { privileged: true } })],
      }),
    )
    await ready('neighbour', 'node-tools')
    const inTools = async (command: string): Promise<string> =>
      cluster.kubectl('exec', 'node-tools', '--', '/bin/sh', '-c', command)
    const pid = await inTools('pgrep -f "^sleep 31337"')
    expect(await inTools(`/usr/bin/nsenter --net=/proc/${pid}/ns/net ip -4 -o address show eth0`)).toContain(address)
    expect(await inTools('cat /proc/1/root/etc/hostname')).toBe('w2')
    await inTools('setsid sleep 31338 >/dev/null 2>&1 </dev/null &')
    expect(await cluster.onNode('w2', 'pgrep', '-c', '-f', '^sleep 31338')).toBe('1')
    await cluster.kubectl('delete', 'pod', 'node-tools', '--grace-period=0', '--force')
    await cluster.until('its process to end', ['get', 'pods'], (output) => !output.includes('node-tools'))
    const { stdout } = await cluster.run(['get', 'pod', 'neighbour', '-o', 'jsonpath={.status.phase}'])
    expect(stdout).toBe('Running')
    await expect.poll(async () => cluster.onNode('w2', 'sh', '-c', 'pgrep -c -f "^sleep 31338" || true')).toBe('0')
  })

  it('knows the names of its hostAliases', async (context) => {
    requireKubectlExec(context)
    const hostAliases = [{ ip: '10.1.2.3', hostnames: ['database.example'] }]
    await cluster.apply(podObject('aliases', { hostAliases, containers: [shell(idle)] }))
    await ready('aliases')
    expect(await cluster.kubectl('exec', 'aliases', '--', 'getent', 'hosts', 'database.example')).toContain('10.1.2.3')
  })

  it('waits for a ConfigMap, says so, and sees its changes without a restart', async (context) => {
    requireKubectlExec(context)
    const volumes = [{ name: 'config', configMap: { name: 'late' } }]
    const main = shell(idle, { volumeMounts: [{ name: 'config', mountPath: '/etc/late' }] })
    await cluster.apply(podObject('waits', { volumes, containers: [main] }))
    await cluster.until('the event', ['describe', 'pod', 'waits'], (output) =>
      output.includes('MountVolume.SetUp failed for volume "config" : configmap "late" not found'),
    )
    const { stderr } = await cluster.run(['logs', 'waits'])
    expect(stderr).toContain('container "main" in pod "waits" is waiting to start: ContainerCreating')
    await cluster.apply(configMap('late', { key: 'one' }))
    await ready('waits')
    expect(await cluster.kubectl('exec', 'waits', '--', 'cat', '/etc/late/key')).toBe('one')
    await cluster.apply(configMap('late', { key: 'two' }))
    await cluster.until(
      'the new content',
      ['exec', 'waits', '--', 'cat', '/etc/late/key'],
      (output) => output === 'two',
    )
    expect(await cluster.kubectl('get', 'pod', 'waits', '-o', 'jsonpath={..restartCount}')).toBe('0')
  })

  it('starts without an optional ConfigMap, whose file appears when it is made', async (context) => {
    requireKubectlExec(context)
    const items = [{ key: 'config', path: 'ip-masq-agent' }]
    const volumes = [{ name: 'config', configMap: { name: 'ip-masq-agent', optional: true, items } }]
    const main = shell(idle, { volumeMounts: [{ name: 'config', mountPath: '/etc/config' }] })
    await cluster.apply(podObject('optional', { volumes, containers: [main] }))
    await ready('optional')
    expect(await cluster.kubectl('exec', 'optional', '--', 'ls', '/etc/config')).toBe('')
    await cluster.apply(configMap('ip-masq-agent', { config: 'resyncInterval: 5s', other: '' }))
    await cluster.until(
      'the file',
      ['exec', 'optional', '--', 'ls', '/etc/config'],
      (output) => output === 'ip-masq-agent',
    )
  })

  it('backs off from restarting what keeps failing, and keeps the output of the run before', async () => {
    await cluster.apply(podObject('crash', { containers: [shell('echo attempt; exit 3')] }))
    await cluster.until('the back-off', ['get', 'pod', 'crash'], (output) => output.includes('CrashLoopBackOff'))
    expect(await cluster.kubectl('logs', 'crash', '--previous')).toBe('attempt')
    const described = await cluster.kubectl('describe', 'pod', 'crash')
    expect(described).toContain('Back-off restarting failed container main in pod crash_default(')
    expect(described).toMatch(/Last State:\s+Terminated\n\s+Reason:\s+Error\n\s+Exit Code:\s+3/)
  })

  it('restarts when its process ends', async (context) => {
    requireKubectlExec(context)
    await cluster.apply(podObject('ends', { containers: [shell(idle)] }))
    await ready('ends')
    // The command may be killed along with the container before it can report.
    await cluster.run(['exec', 'ends', '--', 'kill', '1'])
    const restarts = ['get', 'pod', 'ends', '-o', 'jsonpath={..restartCount}']
    await cluster.until('the restart', restarts, (output) => output === '1')
    await ready('ends')
  })

  it('restarts when its liveness probe fails', async (context) => {
    requireKubectlExec(context)
    const livenessProbe = { exec: { command: ['test', '!', '-e', '/tmp/sick'] }, periodSeconds: 1, failureThreshold: 1 }
    await cluster.apply(podObject('sick', { containers: [shell(idle, { livenessProbe })] }))
    await ready('sick')
    await cluster.kubectl('exec', 'sick', '--', 'touch', '/tmp/sick')
    const restarts = ['get', 'pod', 'sick', '-o', 'jsonpath={..restartCount}']
    await cluster.until('the restart', restarts, (output) => output === '1')
    expect(await cluster.kubectl('describe', 'pod', 'sick')).toContain(
      'Container main failed liveness probe, will be restarted',
    )
  })

  it.each([
    ['nginx', 'known are busybox'],
    ['host:/no/such/program', '/no/such/program on this machine does not exist'],
    ['host:/usr', '/usr on this machine is a directory'],
  ])('with the image %s says why it cannot be pulled', async (image, message) => {
    const name = `image-${image.replaceAll(/[^a-z]/g, '')}`
    await cluster.apply(podObject(name, { containers: [{ name: 'main', image }] }))
    const shown = await cluster.until('the complaint', ['describe', 'pod', name], (output) =>
      output.includes('ErrImagePull'),
    )
    expect(shown).toContain(message)
  })

  it('refuses exec and logs for containers that are not there', async (context) => {
    requireKubectlExec(context)
    await cluster.apply(podObject('two', { containers: [shell(idle), { ...shell(idle), name: 'other' }] }))
    await ready('two')
    const logs = await cluster.run(['logs', 'two', '-c', 'none'])
    expect(logs.stderr).toContain('container none is not valid for pod two')
    const previous = await cluster.run(['logs', 'two', '-c', 'main', '--previous'])
    expect(previous.stderr).toContain('previous terminated container "main" in pod "two" not found')
    const missing = await cluster.run(['exec', 'two', '-c', 'main', '--', 'no-such-program'])
    expect(missing.exitCode).not.toBe(0)
    expect(missing.stderr).toContain('no-such-program')
  })

  it('is gone when kubectl delete returns', async () => {
    await cluster.apply(podObject('short', { containers: [shell(idle)] }))
    await ready('short')
    await cluster.kubectl('delete', 'pod', 'short')
    expect((await cluster.run(['get', 'pod', 'short'])).stderr).toContain('NotFound')
  })
})

describe('agnhost', () => {
  it('tells who answers and whom it sees, over HTTP and UDP', async (context) => {
    requireKubectlExec(context)
    const server = {
      name: 'main',
      image: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
      args: ['netexec', '--http-port=8080', '--udp-port=8081'],
      readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
      livenessProbe: { tcpSocket: { port: 8080 } },
    }
    await cluster.apply(
      podObject('server', { containers: [server] }),
      podObject('client', { containers: [{ name: 'main', image: 'agnhost' }] }),
    )
    await ready('server', 'client')
    const [serverIp, clientIp] = await Promise.all(
      ['server', 'client'].map((name) => cluster.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.podIP}')),
    )
    const get = (path: string) =>
      cluster.kubectl('exec', 'client', '--', 'wget', '-qO-', `http://${serverIp}:8080${path}`)
    expect(await get('/hostname')).toBe('server')
    expect(await get('/clientip')).toMatch(new RegExp(`^${clientIp}:\\d+$`))
    expect(await get('/echo?msg=hello')).toBe('hello')
    const connect = (target: string, ...flags: readonly string[]) =>
      cluster.run(['exec', 'client', '--', '/agnhost', 'connect', target, ...flags])
    expect(await connect(`${serverIp}:8080`)).toMatchObject({ exitCode: 0 })
    expect(await connect(`${serverIp}:8081`, '--protocol=udp', '--timeout=5s')).toMatchObject({ exitCode: 0 })
    expect((await connect(`${serverIp}:1`)).stderr).toContain('REFUSED')
    expect((await connect('10.244.1.250:80', '--timeout=200ms')).stderr).toMatch(/TIMEOUT|OTHER/)
  })
})
