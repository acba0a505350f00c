import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireKubectl, requireKubectlExec } from '../../../../helpers/kubectl.test-helper.ts'
import { waitFor } from '../../../../helpers/wait-for.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

describe('exec and logs through kubectl', () => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer()
    const config = new KubeConfig()
    config.loadFromString(server.kubeconfig)
    const core = config.makeApiClient(CoreV1Api)
    const containers = [
      { name: 'web', image: 'busybox:1.36', command: ['busybox', 'sh', '-c', 'echo up; echo two; exec sleep 1000'] },
    ]
    await core.createNamespacedPod({ namespace: 'default', body: { metadata: { name: 'web' }, spec: { containers } } })
    await waitFor(
      'the pod to be ready',
      async () => {
        const { status } = await core.readNamespacedPod({ namespace: 'default', name: 'web' })
        return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
      },
      { timeoutMs: 20_000 },
    )
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('carries output, errors and success', async (context) => {
    requireKubectlExec(context)
    const result = await server.kubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2'])
    expect(result).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' })
  })

  it('hands on the exit code', async (context) => {
    requireKubectlExec(context)
    const result = await server.kubectl(['exec', 'web', '--', 'sh', '-c', 'exit 42'])
    expect(result.code).toBe(42)
    expect(result.stderr).toContain('command terminated with exit code 42')
  })

  it('pipes stdin and its end', async (context) => {
    requireKubectlExec(context)
    const input = 'x'.repeat(3_000_000)
    const result = await server.kubectl(['exec', '-i', 'web', '--', 'wc', '-c'], input)
    expect(result.stdout.trim()).toBe('3000000')
  })

  it('carries more output than fits into any buffer', async (context) => {
    requireKubectlExec(context)
    const result = await server.kubectl([
      'exec',
      'web',
      '--',
      'sh',
      '-c',
      'seq 1 200000 | tail -c 800000 | wc -c; head -c 900000 /dev/zero | tr "\\0" a',
    ])
    expect(result.stdout).toHaveLength('800000\n'.length + 900_000)
  })

  it('says what is wrong with a command that does not exist', async (context) => {
    requireKubectlExec(context)
    const result = await server.kubectl(['exec', 'web', '--', 'no-such-program'])
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('executable file not found')
  })

  it('says so when the pod does not exist', async (context) => {
    requireKubectlExec(context)
    const result = await server.kubectl(['exec', 'nobody', '--', 'true'])
    expect(result.stderr).toContain('pods "nobody" not found')
  })

  it('asks for a newer kubectl when one speaks SPDY', async () => {
    const response = await fetchUpgrade(server, 'SPDY/3.1')
    expect(response).toContain('kubectl 1.31 or newer is needed')
  })

  it('refuses an upgrade without the token', async () => {
    const response = await fetchUpgrade({ ...server, token: 'wrong' }, 'websocket')
    expect(response).toMatch(/^HTTP\/1.1 401 Unauthorized/)
  })

  it('prints a log, its tail, and its times', async (context) => {
    requireKubectl(context)
    expect((await server.kubectl(['logs', 'web'])).stdout).toBe('up\ntwo\n')
    expect((await server.kubectl(['logs', 'web', '--tail=1'])).stdout).toBe('two\n')
    expect((await server.kubectl(['logs', 'web', '--tail=1', '--timestamps'])).stdout).toMatch(/^\d{4}-.*Z two\n$/)
  })

  it('follows a log to its end, and finds the one before', async (context) => {
    requireKubectl(context)
    await server.kubectl([
      'run',
      'short',
      '--image=busybox',
      '--command',
      '--',
      'sh',
      '-c',
      'echo one; sleep 0.5; echo two',
    ])
    await server.kubectl(['wait', '--for=condition=Ready', 'pod/short', '--timeout=20s'])
    const followed = await server.kubectl(['logs', '-f', 'short'])
    expect(followed.stdout).toBe('one\ntwo\n')
    await server.kubectl([
      'wait',
      '--for=jsonpath={.status.containerStatuses[0].restartCount}=1',
      'pod/short',
      '--timeout=20s',
    ])
    const previous = await server.kubectl(['logs', '--previous', 'short'])
    expect(previous.stdout).toBe('one\ntwo\n')
  })

  it('names the containers when there is a choice', async (context) => {
    requireKubectl(context)
    const overrides = JSON.stringify({
      spec: {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'x' },
        ],
      },
    })
    await server.kubectl(['run', 'two', '--image=x', `--overrides=${overrides}`, '--override-type=strategic'])
    const query = `${server.url}/api/v1/namespaces/default/pods/two/log`
    const body = await server.kubectl(['get', '--raw', query.slice(server.url.length)])
    expect(body.stderr).toContain('a container name must be specified for pod two, choose one of: [a b two]')
  })
})

async function fetchUpgrade(server: Pick<TestServer, 'url' | 'token' | 'ca'>, protocol: string): Promise<string> {
  const { connect } = await import('node:tls')
  const { port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: server.ca }, () => {
      socket.write(
        `POST /api/v1/namespaces/default/pods/web/exec?command=true&stdout=true HTTP/1.1\r\nHost: x\r\n` +
          `Authorization: Bearer ${server.token}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
      )
    })
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}
