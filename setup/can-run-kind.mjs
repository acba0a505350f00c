import { spawnSync } from 'node:child_process'
import { findCommand } from './find-command.mjs'

/**
 * Whether kind could make a cluster here: the program is there, and a Docker daemon answers.
 * @param {NodeJS.ProcessEnv} env
 */
export function canRunKind(env) {
  const docker = findCommand('docker', env)
  if (docker === undefined || findCommand('kind', env) === undefined) return false
  return spawnSync(docker, ['version'], { stdio: 'ignore', timeout: 5000, env }).status === 0
}
