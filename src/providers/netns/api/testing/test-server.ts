import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createApiServer } from '../create-api-server.ts'
import { createStore } from '../create-store.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import { LocalKubelet } from './local-kubelet.ts'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** An API server on a free port of the loopback interface, with pods that run as local processes. */
export interface TestServer extends AsyncDisposable {
  readonly store: MemoryStore
  readonly url: string
  readonly token: string
  readonly ca: string
  readonly kubeconfig: string
  readonly folder: string
  kubectl(args: readonly string[], stdin?: string): Promise<CommandResult>
}

export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'packetproof-api-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-keyout', keyFile, '-out', certFile, '-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ])
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile, 'utf8')])
  const store = createStore({ serviceCidrs: ['10.96.0.0/16', 'fd00:96::/112'] })
  const kubelet = new LocalKubelet(store)
  const token = 'a-token-of-this-test'
  const api = createApiServer({ store, runtime: kubelet, tls: { key, cert }, token, version: 'v1.34.0+packetproof' })
  api.server.listen(0, '127.0.0.1')
  await once(api.server, 'listening')
  const url = `https://127.0.0.1:${(api.server.address() as AddressInfo).port}`
  const kubeconfig = kubeconfigText(url, certFile, token)
  const kubeconfigFile = join(folder, 'kubeconfig.yaml')
  await writeFile(kubeconfigFile, kubeconfig)
  return {
    store,
    url,
    token,
    ca: cert,
    kubeconfig,
    folder,
    kubectl: (args, stdin) =>
      runKubectl(['--kubeconfig', kubeconfigFile, '--cache-dir', join(folder, 'cache'), ...args], folder, stdin),
    async [Symbol.asyncDispose]() {
      kubelet.close()
      await api.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function kubeconfigText(server: string, certificateAuthority: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificateAuthority } }],
    users: [{ name: server, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: server } }],
    'current-context': 'test',
  })
}

async function runKubectl(args: readonly string[], cwd: string, stdin: string | undefined): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile('kubectl', args, { cwd, timeout: 40_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(stdin ?? '')
  })
}
