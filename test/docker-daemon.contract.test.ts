import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findTool } from '../helpers/find-tool.ts'
import { packageRoot } from '../helpers/package-root.ts'
import { runProgram } from '../helpers/run-program.ts'

const script = join(packageRoot(), 'setup/docker-daemon.mjs')
// A daemon that runs already would be used as it is.
const lacksOwn =
  process.geteuid?.() !== 0
    ? 'only root can start a Docker daemon'
    : findTool('dockerd') === undefined
      ? 'dockerd cannot be found'
      : existsSync('/var/run/docker.sock')
        ? 'a Docker daemon runs already'
        : undefined

async function withDaemon(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const own = { ...process.env, DOCKER_HOST: undefined, ...env }
  return await runProgram([process.execPath, script, ...argv], { timeoutMs: 60_000, env: own })
}

function machineState(): string {
  const commands = [['ip', 'link'], ['ip', 'route', 'show', 'table', 'all'], ['iptables-save']]
  const state = commands.map(([command = '', ...args]) => execFileSync(command, args, { encoding: 'utf8' })).join('\n')
  return state.replaceAll(/# .*|\[\d+:\d+\]/g, '')
}

describe('setup/docker-daemon.mjs', () => {
  it('runs a command with a daemon of its own, touches nothing of the machine, and leaves nothing', async (context) => {
    context.skip(lacksOwn !== undefined, lacksOwn)
    const before = machineState()
    const ask = 'docker info --format "{{.DockerRootDir}}" && docker network create x >/dev/null && exit 7'
    const { exitCode, stdout, stderr } = await withDaemon(['sh', '-c', ask])
    context.skip(stderr.includes('no Docker daemon'), stderr.trim())
    expect(exitCode).toBe(7)
    const folder = stdout.trim().replace(/\/data$/, '')
    expect(folder).toContain('packetproof-docker-')
    expect(existsSync(folder)).toBe(false)
    expect(machineState()).toBe(before)
    // packetproof-docker-PID-RANDOM: its control groups have the name without the end.
    const group = basename(folder).split('-').slice(0, 3).join('-')
    const hierarchies = ['', ...readdirSync('/sys/fs/cgroup', { encoding: 'utf8' })]
    const left = hierarchies.filter((name) => existsSync(join('/sys/fs/cgroup', name, group)))
    expect(left).toEqual([])
  })

  it('runs the command without one where none can be had, and says why', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'packetproof-no-tools-'))
    try {
      const { exitCode, stderr } = await withDaemon([process.execPath, '-e', 'process.exit(5)'], {
        PACKETPROOF_TOOL_PATH: empty,
      })
      expect(exitCode).toBe(5)
      expect(stderr).toMatch(/^packetproof: no Docker daemon: (not found: dockerd, docker|only root)/)
    } finally {
      rmSync(empty, { recursive: true })
    }
  })
})
