import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { removeControlGroups } from './control-groups.mjs'
import { findCommand } from './find-command.mjs'

const startTimeoutMs = 30_000
const stopTimeoutMs = 10_000
const prefix = 'packetproof-docker-'

/** Inside the namespaces: /run is its own, because the daemon of the machine would be asked for there. */
const inside = 'ip link set lo up && mount -t tmpfs tmpfs /run && exec "$@"'

/**
 * @typedef {{ host?: string, stop?: () => Promise<void>, reason?: string }} Daemon `reason`: why there is none
 */

/**
 * Starts dockerd in network, mount and PID namespaces of its own, with all its files in a temporary folder. It dies with this process.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Daemon>}
 */
export async function startDockerDaemon(env) {
  if (process.getuid?.() !== 0) return { reason: 'only root can start one' }
  const missing = ['dockerd', 'docker', 'unshare', 'setpriv', 'ip'].filter((name) => !findCommand(name, env))
  if (missing.length > 0) return { reason: `not found: ${missing.join(', ')} (package docker.io)` }
  removeStale()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const host = `unix://${join(folder, 'docker.sock')}`
  const group = `${prefix}${process.pid}`
  writeFileSync(join(folder, 'daemon.json'), '{}')
  const dockerd = [
    'dockerd',
    ...['--config-file', join(folder, 'daemon.json'), '--host', host, '--pidfile', join(folder, 'pid')],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${group}`],
  ]
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
  const argv = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, '--', 'sh', '-c', inside, 'sh', ...dockerd]
  const child = spawn('setpriv', argv, { stdio: ['ignore', 'ignore', 'pipe'], env, detached: true })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-20_000)))
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  const stop = async () => {
    child.kill('SIGKILL')
    await Promise.race([ended, delay(stopTimeoutMs, undefined, { ref: false })])
    removeFolder(folder)
    removeControlGroups(group)
  }
  const isUp = await Promise.race([answers(host, env), ended.then(() => false)])
  if (isUp) return { host, stop }
  await stop()
  return { reason: `dockerd did not start: ${lastComplaint(log)}` }
}

/**
 * @param {string} host
 * @param {NodeJS.ProcessEnv} env
 */
async function answers(host, env) {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    const { status } = spawnSync('docker', ['--host', host, 'version'], { stdio: 'ignore', timeout: 5000, env })
    if (status === 0) return true
    await delay(100)
  }
  return false
}

/** What a daemon whose starter was killed left behind. */
function removeStale() {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const pid = name.slice(prefix.length).split('-')[0]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    removeFolder(join(tmpdir(), name))
    removeControlGroups(`${prefix}${pid}`)
  }
}

/** The mounts below it ended with their namespace. @param {string} folder */
function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** @param {string} log */
function lastComplaint(log) {
  const lines = log.trim().split('\n')
  const complaint =
    lines.findLast((line) => /level=(error|fatal)|failed to|^unshare:|^mount:/.test(line)) ?? lines.at(-1)
  return complaint || 'it said nothing'
}
