import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeHost, describeObjects } from '../scenario/diagnostics.ts'
import type { Lab } from './open-lab.ts'

/**
 * Writes what one wants to see of a cluster that misbehaves into a folder: the network state of every host, objects, events and logs,
 * and what the lab is. Of keys and credentials there is nothing in it.
 * @returns the names of the files
 */
export async function takeSysdump(lab: Lab, folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true })
  const { cluster, record } = lab
  const hosts = [...cluster.nodes, ...cluster.machines]
  const files = await Promise.all([
    ...hosts.map(async (host) => [`${host.name}.txt`, await describeHost(host)] as const),
    describeObjects(cluster).then((text) => ['objects.json', text] as const),
  ])
  const about = ['lab.json', `${JSON.stringify(record, undefined, 2)}\n`] as const
  for (const [name, content] of [about, ...files]) writeFileSync(join(folder, name), content)
  return [about, ...files].map(([name]) => name)
}
