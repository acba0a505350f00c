import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../../../helpers/wait-for.ts'
import { profileSchema } from '../../../../cluster/profile.ts'
import { createNetnsCluster } from '../../provider.ts'

export interface KubectlResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A cluster of one control-plane node and two workers, used through the real kubectl. */
export interface KubectlCluster extends AsyncDisposable {
  /** Whatever the exit code. */
  run(argv: readonly string[], input?: string): Promise<KubectlResult>
  /** Standard output, trimmed. @throws Error with kubectl's complaint when it fails. */
  kubectl(...argv: readonly string[]): Promise<string>
  apply(...objects: readonly object[]): Promise<void>
  /** Waits until what kubectl prints satisfies the condition. */
  until(reason: string, argv: readonly string[], isMet: (output: string) => boolean): Promise<string>
  /** Runs a command on a node; its output. */
  onNode(name: string, ...argv: readonly string[]): Promise<string>
}

export async function createKubectlCluster(name: string): Promise<KubectlCluster> {
  const profile = profileSchema.parse({
    name,
    description: 'kubelet and controllers',
    nodeSubnets: ['172.18.0.0/16'],
    podCidrs: ['10.244.0.0/16'],
    serviceCidrs: ['10.96.0.0/16'],
    nodes: [{ name: 'cp', role: 'control-plane' }, { name: 'w1', labels: { zone: 'a' } }, { name: 'w2' }],
  })
  const cluster = await createNetnsCluster(profile, { name })
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-kubectl-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 })
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache') }

  const run = async (argv: readonly string[], input = ''): Promise<KubectlResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', argv, { env })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.once('error', reject)
      child.once('close', (exitCode) => resolve({ exitCode, stdout: stdout.trim(), stderr: stderr.trim() }))
      child.stdin.end(input)
    })
  const kubectl = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(argv)
    if (exitCode !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  return {
    run,
    kubectl,
    apply: async (...objects) => {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      const { exitCode, stderr } = await run(['apply', '--validate=false', '-f', '-'], list)
      if (exitCode !== 0) throw new Error(stderr)
    },
    until: async (reason, argv, isMet) => {
      let last = ''
      try {
        return await waitFor(
          reason,
          async () => {
            last = await kubectl(...argv)
            return isMet(last) && { last }
          },
          { timeoutMs: 15_000 },
        ).then((seen) => seen.last)
      } catch (error) {
        throw new Error(`${reason}: last seen: ${last}`, { cause: error })
      }
    },
    onNode: async (node, ...argv) => {
      const process = await cluster.access.spawn({ kind: 'node', name: node }, argv)
      let output = ''
      process.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      await process.exited
      return output.trim()
    },
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

export function podObject(name: string, spec: object, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec }
}

/** A container that runs a shell line in busybox. */
export function shell(line: string, more: object = {}): object {
  return { name: 'main', image: 'busybox', command: ['sh', '-c', line], ...more }
}

/** Ends at once on SIGTERM, unlike `sleep` as process 1. */
export const idle = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done"
