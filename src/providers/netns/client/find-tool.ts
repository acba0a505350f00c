import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool, toolPath } from '../../../../helpers/find-tool.ts'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { PacketproofError } from '../../../errors.ts'

export { findTool, toolPath }

/** One row of the table of tools that set-up installs. */
export interface Tool {
  readonly command: string
  readonly use: string
  /** Only some scenarios need it: they are skipped without it. */
  readonly optional?: boolean
  /** Package names by package manager. */
  readonly packages: Readonly<Record<string, string>>
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
