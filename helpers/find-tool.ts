import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

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
