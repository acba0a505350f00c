import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { PacketproofError } from '../../../errors.ts'

/** One row of the table of tools that set-up installs. */
export interface Tool {
  readonly command: string
  readonly use: string
  /** Only some scenarios need it: they are skipped without it. */
  readonly optional?: boolean
  /** Package names by package manager. */
  readonly packages: Readonly<Record<string, string>>
}

// An ordinary user's PATH often lacks these on Debian, and iptables lives there.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin']

/** The folders that tools are looked for in; PACKETPROOF_TOOL_PATH replaces them. */
export function toolPath(): string {
  const override = process.env['PACKETPROOF_TOOL_PATH']
  if (override !== undefined) return override
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  return [...new Set(folders.filter((folder) => folder !== ''))].join(delimiter)
}

export function findTool(command: string): string | undefined {
  return toolPath()
    .split(delimiter)
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

/** Every tool that clusters and components run, and where it comes from. */
function readTools(): readonly Tool[] {
  return JSON.parse(readFileSync(join(packageRoot(), 'setup/tools.json'), 'utf8')) as readonly Tool[]
}

/** Those without which no scenario runs. */
export function requiredTools(): readonly Tool[] {
  return readTools().filter(({ optional }) => optional !== true)
}

export function aptCommand(tools: readonly Tool[]): string {
  const packages = [...new Set(tools.map((tool) => tool.packages['apt'] ?? tool.command))]
  return `sudo apt-get install -y ${packages.join(' ')}`
}

/** Without these there is no cluster at all; what else is missing shows when it is used. */
const ESSENTIAL = new Set(['unshare', 'setpriv', 'mount', 'openssl'])

/** @throws PacketproofError E_TOOL_MISSING naming each missing tool, its package, and the command that installs it. */
export function requireEssentialTools(): void {
  requireTools(({ command }) => ESSENTIAL.has(command))
}

/**
 * For scenarios, which use them all. An ordinary user's captures need several user ids in the namespace, and so newuidmap.
 * @throws PacketproofError E_TOOL_MISSING as `requireEssentialTools`
 */
export function requireScenarioTools(): void {
  requireTools(({ command }) => command !== 'newuidmap' || process.geteuid?.() !== 0)
}

function requireTools(isNeeded: (tool: Tool) => boolean): void {
  const missing = requiredTools().filter((tool) => isNeeded(tool) && findTool(tool.command) === undefined)
  if (missing.length === 0) return
  const names = missing.map((tool) => `${tool.command} (package ${tool.packages['apt'] ?? tool.command})`)
  throw new PacketproofError('E_TOOL_MISSING', `a cluster needs ${names.join(', ')}, which cannot be found`, {
    hint: aptCommand(missing),
  })
}
