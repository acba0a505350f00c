#!/usr/bin/env node
// `node setup/docker-daemon.mjs COMMAND…`: runs a command with a Docker daemon. One that runs already is used as it is; otherwise one is
// started in namespaces of its own, so that no rule and no interface of this machine is touched, and nothing of it is left after.
// Where none can be started the command runs without, and its tests skip what needs one.
import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { findCommand } from './find-command.mjs'
import { startDockerDaemon } from './start-docker-daemon.mjs'

const [program, ...args] = process.argv.slice(2)
if (program === undefined) {
  console.error('usage: node setup/docker-daemon.mjs COMMAND [ARGUMENT…]')
  process.exit(2)
}

const running = isRunning() ? undefined : await startDockerDaemon(process.env)
if (running?.reason !== undefined) console.error(`packetproof: no Docker daemon: ${running.reason}`)
process.exitCode = await runCommand(program, args, running?.host)
await running?.stop?.()

function isRunning() {
  const docker = findCommand('docker', process.env)
  return docker !== undefined && spawnSync(docker, ['version'], { stdio: 'ignore', timeout: 10_000 }).status === 0
}

/**
 * @param {string} command
 * @param {readonly string[]} argv
 * @param {string | undefined} host
 * @returns {Promise<number>}
 */
function runCommand(command, argv, host) {
  const env = host === undefined ? process.env : { ...process.env, DOCKER_HOST: host }
  const child = spawn(command, argv, { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to the command as well.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}
