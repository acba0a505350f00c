import { findTool } from '../../../helpers/find-tool.ts'
import { connectDocker } from '../../docker/docker.ts'
import { messageOf, PacketproofError } from '../../errors.ts'
import { findKind } from '../../providers/kind/kind-program.ts'
import { ADVISED_INSTANCES, INOTIFY_FIX, readInotifyInstances } from '../../providers/kind/preflight.ts'
import type { CheckResult } from './check.ts'

/** What the provider kind needs, and the netns provider does without. */
export async function checkKind(): Promise<readonly CheckResult[]> {
  return [
    await describe('Docker', async () => {
      const { server } = await connectDocker()
      return `${server.version} ${server.architecture}`
    }),
    await describe('kind', async () => (await findKind(false)).version),
    checkHelm(),
    checkInotify(readInotifyInstances()),
  ]
}

async function describe(name: string, find: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, status: 'ok', detail: await find() }
  } catch (error) {
    const fix = error instanceof PacketproofError ? error.hint : undefined
    const detail = `for --provider kind: ${messageOf(error)}`
    return { name, status: 'warning', detail, ...(fix !== undefined && { fix }) }
  }
}

function checkHelm(): CheckResult {
  const path = findTool('helm')
  if (path !== undefined) return { name: 'helm', status: 'ok', detail: path }
  return {
    name: 'helm',
    status: 'warning',
    detail: 'for --provider kind with Cilium: helm cannot be found',
    fix: 'see https://helm.sh/docs/intro/install/',
  }
}

export function checkInotify(instances: number): CheckResult {
  const name = 'inotify instances'
  if (instances >= ADVISED_INSTANCES) return { name, status: 'ok', detail: String(instances) }
  const detail = `${instances} for each user; nodes of kind clusters may run out of them`
  return { name, status: 'warning', detail, fix: INOTIFY_FIX }
}
