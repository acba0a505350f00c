import { DEFAULT_PATH, findProgram } from './program.ts'

const found = new Map<string, string>()

/**
 * The full path of one of the machine's own tools. A container's PATH may put other programs of that name first (busybox has an
 * `unshare` and a `setsid` with fewer options).
 * @throws PacketproofError E_EXEC_FAILED
 */
export function systemTool(name: string): string {
  const path = found.get(name) ?? findProgram(name, DEFAULT_PATH, '/')
  found.set(name, path)
  return path
}
