import { execFile } from 'node:child_process'
import { release } from 'node:os'
import { promisify } from 'node:util'
import { messageOf, PacketproofError } from '../../../errors.ts'
import { aptCommand, findTool, requiredTools } from './find-tool.ts'
import { choosePrivilegeMode, explainUserNamespaceFailure } from './privilege.ts'
import { readWireguardSupport } from './wireguard-support.ts'

export interface EnvironmentProblem {
  readonly what: string
  readonly why: string
  readonly fix: string
}

export interface EnvironmentCheck {
  readonly problems: readonly EnvironmentProblem[]
  readonly facts: Readonly<Record<string, string>>
}

/** Whether clusters of network namespaces can be made here, without making one. */
export async function checkNetnsEnvironment(): Promise<EnvironmentCheck> {
  const [privilege, facts] = await Promise.all([checkPrivilege(), readEnvironmentFacts()])
  const missing = requiredTools().filter((tool) => findTool(tool.command) === undefined)
  const isOrdinaryUser = process.geteuid?.() !== 0
  const problems = missing
    .filter((tool) => tool.command !== 'newuidmap' || isOrdinaryUser)
    .map((tool) => ({
      what: `${tool.command} cannot be found`,
      why: `it is for: ${tool.use}`,
      fix: aptCommand([tool]),
    }))
  return { problems: [...privilege, ...problems], facts }
}

async function checkPrivilege(): Promise<EnvironmentProblem[]> {
  try {
    const mode = choosePrivilegeMode()
    if (findTool('unshare') === undefined) return []
    const user = mode === 'root' ? [] : ['--user', '--map-root-user']
    const path = findTool('unshare') ?? 'unshare'
    await promisify(execFile)(path, [...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', 'true']).catch(
      (error: unknown) => {
        throw mode === 'root'
          ? new PacketproofError('E_NO_PRIVILEGE', messageOf(error), { hint: 'Run outside of a container.' })
          : explainUserNamespaceFailure(messageOf(error))
      },
    )
    return []
  } catch (error) {
    const fix = error instanceof PacketproofError ? (error.hint ?? '') : ''
    return [{ what: 'namespaces cannot be made', why: messageOf(error), fix }]
  }
}

const VERSION_ARGV: Readonly<Record<string, readonly string[]>> = {
  iptables: ['iptables', '--version'],
  ipset: ['ipset', '--version'],
  'util-linux': ['unshare', '--version'],
  iproute2: ['ip', '-V'],
  tcpdump: ['tcpdump', '--version'],
}

/** Facts for the report; what cannot be found out is left out. */
export async function readEnvironmentFacts(): Promise<Record<string, string>> {
  const [wireguard, ...versions] = await Promise.all([
    readWireguardSupport(),
    ...Object.entries(VERSION_ARGV).map(async ([name, argv]) => [name, await firstLineOf(argv)] as const),
  ])
  const known = versions.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)
  return { kernel: release(), node: process.version, ...Object.fromEntries(known), wireguard }
}

async function firstLineOf([command = '', ...rest]: readonly string[]): Promise<string | undefined> {
  const path = findTool(command)
  if (path === undefined) return undefined
  try {
    const { stdout, stderr } = await promisify(execFile)(path, rest, { timeout: 2000 })
    return (stdout || stderr).split('\n')[0]?.trim()
  } catch {
    return undefined
  }
}
