import { accessSync, constants, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../../helpers/package-root.ts'
import type { CheckResult } from './check.ts'
import { runCommand, searchPath } from './run-command.ts'

interface Tool {
  readonly command: string
  readonly use: string
  /** Package names by package manager. */
  readonly packages: Readonly<Record<string, string>>
}

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
  const tools = JSON.parse(readFileSync(join(packageRoot(), 'setup', 'tools.json'), 'utf8')) as readonly Tool[]
  const missing = tools.filter((tool) => findCommand(tool.command) === undefined)
  const { output } = await runCommand(['iptables', '--version'])
  if (missing.length === 0) return [{ name: 'tools', status: 'ok', detail: `${tools.length} found; ${output}` }]
  return missing.map(({ command, use, packages }) => ({
    name: command,
    status: 'failed',
    detail: `not found; needed for ${use}`,
    fix: `sudo apt-get install ${packages.apt} (elsewhere the package may be called ${packages.dnf})`,
  }))
}

/** What only some runs need. */
export async function checkOptionalTools(): Promise<readonly CheckResult[]> {
  const optional = [['kubectl', 'a handy way into a kept cluster', 'see kubernetes.io/docs/tasks/tools']] as const
  return optional.map(([command, use, fix]) => {
    const path = findCommand(command)
    return path === undefined
      ? { name: command, status: 'warning' as const, detail: `not found; ${use}`, fix }
      : { name: command, status: 'ok' as const, detail: path }
  })
}

function findCommand(command: string): string | undefined {
  return searchPath
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
