import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

// An ordinary user's PATH often lacks these on Debian, and iptables lives there.
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin']

/**
 * Where a command is, or undefined. PACKETPROOF_TOOL_PATH replaces the folders that are looked in.
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 */
export function findCommand(command, env) {
  const override = env.PACKETPROOF_TOOL_PATH
  const folders =
    override === undefined ? [...(env.PATH ?? '').split(delimiter), ...systemFolders] : override.split(delimiter)
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutable)
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
