import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, toolPath } from '../../../../helpers/find-tool.ts'
import { packageRoot } from '../../../../helpers/package-root.ts'
import { connectDocker, type Docker } from '../../../docker/docker.ts'
import { messageOf } from '../../../errors.ts'
import { hasImage } from '../../../images/image-store.ts'
import { sourceDigest } from '../../../images/source-digest.ts'

/** The image that the tests use as a node and as a machine: programs of this machine, no registry. Its tag says how it was made. */
export const TEST_IMAGE = `packetproof-test/node:${sourceDigest(['setup/collect-tools.sh', 'src/providers/kind/testing'])}`

/** Docker, or why a test has to do without: the reason to skip it. */
export async function dockerForTests(): Promise<{ readonly docker: Docker } | { readonly reason: string }> {
  try {
    const { docker } = await connectDocker()
    return { docker }
  } catch (error) {
    return { reason: `${messageOf(error)} (node setup/docker-daemon.mjs COMMAND runs one)` }
  }
}

/**
 * Stands for the client of the container runtime, of which a node without one has no use: it knows one sandbox for each file in
 * /run/sandboxes, whose name is the pod's uid and whose content is the id of a process.
 */
const CRICTL = `#!/bin/sh
case $1 in
  pods) for word; do case $word in io.kubernetes.pod.uid=*) uid=\${word#*=};; esac; done; [ ! -e "/run/sandboxes/$uid" ] || echo "$uid" ;;
  inspectp) for word; do id=$word; done; cat "/run/sandboxes/$id" ;;
esac
`

/** Makes TEST_IMAGE, of what a node's image has: a shell, `ip`, `nsenter`, `setpriv` and the like; and the folder that the image of tools has. */
export async function buildTestImage(docker: Docker): Promise<void> {
  if (await hasImage(docker, TEST_IMAGE)) return
  const root = mkdtempSync(join(tmpdir(), 'packetproof-image-'))
  const stage = join(root, 'stage')
  try {
    for (const folder of [
      'bin',
      'sbin',
      'usr/local/bin',
      'usr/bin',
      'etc',
      'tmp',
      'run/sandboxes',
      'proc',
      'sys',
      'dev',
      'var',
    ]) {
      mkdirSync(join(stage, folder), { recursive: true })
    }
    const collect = (folder: string, tools: readonly string[]): void => {
      const env = { ...process.env, PATH: toolPath(), DESTDIR: stage }
      execFileSync('sh', [join(packageRoot(), 'setup/collect-tools.sh'), folder, ...tools], { stdio: [...QUIET], env })
    }
    collect('/opt/node', ['ip', 'iptables', 'iptables-save', 'nsenter', 'perl', 'pgrep', 'ping', 'pkill', 'setpriv'])
    collect('/opt/packetproof', ['ipset', 'tcpdump'])
    for (const folder of extensionFolders()) cpSync(folder, join(stage, folder), { recursive: true, dereference: true })
    // The shell of busybox would run its own commands in place of those in PATH.
    const libraries = execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
    for (const path of ['/bin/sh', ...libraries]) cpSync(path, join(stage, path), { dereference: true })
    cpSync(findTool('busybox') ?? '', join(stage, 'bin/busybox'))
    writeFileSync(join(stage, 'usr/local/bin/crictl'), CRICTL)
    chmodSync(join(stage, 'usr/local/bin/crictl'), 0o755)
    writeFileSync(join(stage, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    writeFileSync(join(root, 'Dockerfile'), DOCKERFILE)
    const env = { ...process.env, DOCKER_BUILDKIT: '0' }
    execFileSync(docker.path, ['build', '--quiet', '--tag', TEST_IMAGE, root], { env, stdio: [...QUIET] })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Where iptables finds what matches and targets look like: Docker itself makes rules for its resolver. */
function extensionFolders(): readonly string[] {
  return readdirSync('/usr/lib')
    .map((name) => join('/usr/lib', name, 'xtables'))
    .filter((folder) => existsSync(folder))
}

const QUIET = ['ignore', 'ignore', 'pipe'] as const

const DOCKERFILE = `FROM scratch
COPY stage /
RUN ["/bin/busybox", "sh", "-c", "for name in $(busybox --list); do [ -e /bin/$name ] || ln -s busybox /bin/$name; done"]
RUN ["/bin/sh", "-c", "cd /opt/node/commands; for name in *; do rm -f /bin/$name; cp $name /bin/; done"]
CMD ["sleep", "infinity"]
`
