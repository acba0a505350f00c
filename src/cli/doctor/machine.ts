import { release } from 'node:os'
import { aptCommand, findTool, readTools } from '../../providers/netns/client/find-tool.ts'
import type { CheckResult } from './check.ts'
import { runCommand } from './run-command.ts'

export async function checkSystem(): Promise<readonly CheckResult[]> {
  const isLinux = process.platform === 'linux'
  return [
    { name: 'Node.js', status: 'ok', detail: `${process.versions.node} ${process.arch}` },
    isLinux
      ? { name: 'kernel', status: 'ok', detail: `Linux ${release()}` }
      : { name: 'kernel', status: 'failed', detail: process.platform, fix: 'packetproof needs Linux' },
  ]
}

/** The tools that the set-up step installs, all in one line when they are there. */
export async function checkTools(): Promise<readonly CheckResult[]> {
  const tools = readTools()
  const missing = tools.filter((tool) => findTool(tool.command) === undefined)
  const { output } = await runCommand(['iptables', '--version'])
  if (missing.length === 0) return [{ name: 'tools', status: 'ok', detail: `${tools.length} found; ${output}` }]
  return missing.map((tool) => ({
    name: tool.command,
    status: 'failed',
    detail: `not found; needed for ${tool.use}`,
    fix: aptCommand(missing),
  }))
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
