import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../../../helpers/package-root.ts'
import type { Docker } from '../../../docker/docker.ts'

/** Stands for packetproof/agent, whose base is in a registry: this machine's Node.js, and this program as it has been compiled. */
export const TEST_AGENT_IMAGE = `packetproof-test/agent:${process.pid}`

/** What an agent loads. */
const MODULES = ['commander', 'ipaddr.js', 'koffi', '@koromix']

const DOCKERFILE = `FROM scratch
COPY stage /
ENTRYPOINT ["/usr/bin/node", "/opt/packetproof/bin/packetproof.mjs", "agent"]
`

export function buildAgentImage(docker: Docker): void {
  const root = mkdtempSync(join(tmpdir(), 'packetproof-agent-image-'))
  const stage = join(root, 'stage')
  const program = join(stage, 'opt/packetproof')
  try {
    for (const folder of ['usr/bin', 'tmp', 'proc', 'sys', 'dev']) mkdirSync(join(stage, folder), { recursive: true })
    cpSync(process.execPath, join(stage, 'usr/bin/node'), { dereference: true })
    const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
    for (const path of libraries) cpSync(path, join(stage, path), { dereference: true })
    for (const name of ['package.json', 'bin', 'setup', 'dist', ...MODULES.map((module) => `node_modules/${module}`)]) {
      cpSync(join(packageRoot(), name), join(program, name), { recursive: true, dereference: true })
    }
    writeFileSync(join(root, 'Dockerfile'), DOCKERFILE)
    const env = { ...process.env, DOCKER_BUILDKIT: '0' }
    const argv = ['build', '--quiet', '--tag', TEST_AGENT_IMAGE, root]
    execFileSync(docker.path, argv, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
