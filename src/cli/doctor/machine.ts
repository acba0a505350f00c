import { release } from 'node:os'
import { checkNetnsEnvironment } from '../../providers/netns/client/environment.ts'
import { findTool } from '../../providers/netns/client/find-tool.ts'
import { noWireguard } from '../../providers/netns/client/wireguard-support.ts'
import type { CheckResult } from './check.ts'

export async function checkSystem(): Promise<readonly CheckResult[]> {
  const isLinux = process.platform === 'linux'
  return [
    { name: 'Node.js', status: 'ok', detail: `${process.versions.node} ${process.arch}` },
    isLinux
      ? { name: 'kernel', status: 'ok', detail: `Linux ${release()}` }
      : { name: 'kernel', status: 'failed', detail: process.platform, fix: 'packetproof needs Linux' },
  ]
}

const isRoot = process.geteuid?.() === 0

/** Tools and privileges as the provider itself looks at them. */
export async function checkEnvironment(): Promise<readonly CheckResult[]> {
  const { problems, facts } = await checkNetnsEnvironment()
  const versions = Object.entries(facts).filter(([name]) => name !== 'node' && name !== 'kernel')
  return [
    ...versions.map(([name, detail]) => {
      const isMissing = detail.startsWith(noWireguard)
      return { name, status: isMissing ? 'warning' : 'ok', detail } as const
    }),
    ...(problems.some(({ what }) => what.startsWith('namespaces'))
      ? []
      : [{ name: 'namespaces', status: 'ok', detail: `made ${isRoot ? 'as root' : 'in a user namespace'}` } as const]),
    ...problems.map(({ what, why, fix }) => ({ name: what, status: 'failed', detail: why, fix }) as const),
  ]
}

/** What is handy, and not needed. */
export async function checkKubectl(): Promise<CheckResult> {
  const path = findTool('kubectl')
  if (path !== undefined) return { name: 'kubectl', status: 'ok', detail: path }
  return {
    name: 'kubectl',
    status: 'warning',
    detail: 'not found; a handy way into a kept cluster',
    fix: 'see https://kubernetes.io/docs/tasks/tools/',
  }
}
