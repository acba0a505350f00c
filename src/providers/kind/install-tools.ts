import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Docker } from '../../docker/docker.ts'
import { type Labels, labelArguments } from './labels.ts'

/** Where the image of tools has them, and where they go: they run from nowhere else. */
const FOLDER = '/opt/packetproof'

/** Links what the node does not have itself. What it has stays: its iptables is the one that its rules are of. */
const LINK_COMMANDS = String.raw`
for path in /opt/packetproof/commands/*; do
  name=$(basename "$path")
  command -v "$name" >/dev/null 2>&1 || ln -s "$path" "/usr/local/bin/$name"
done
`

/**
 * Puts the tools of the image into nodes: tcpdump, ipset and friends then see a node's files, processes and networks as its own programs
 * do, in one command with them where need be. Nothing is downloaded into a node, and nothing that it has is replaced.
 * @param folder for what is only needed meanwhile
 */
export async function installTools(
  docker: Docker,
  options: {
    readonly nodes: readonly string[]
    readonly image: string
    readonly folder: string
    readonly labels: Labels
  },
): Promise<void> {
  const { nodes, image, folder, labels } = options
  const name = `packetproof-tools-${randomBytes(4).toString('hex')}`
  const local = join(folder, 'tools')
  await docker.run(['create', '--name', name, ...labelArguments(labels), image])
  try {
    await docker.run(['cp', `${name}:${FOLDER}`, local])
  } finally {
    await docker.withoutSignal().try(['rm', '--force', name])
  }
  await Promise.all(
    nodes.map(async (node) => {
      await docker.run(['exec', node, 'mkdir', '-p', FOLDER, '/usr/local/bin'])
      await docker.run(['cp', `${local}/.`, `${node}:${FOLDER}`])
      await docker.run(['exec', node, 'sh', '-c', LINK_COMMANDS])
    }),
  )
}
