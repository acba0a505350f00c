import { rmSync, writeFileSync } from 'node:fs'
import type { ProviderChoices } from '../cluster/node-access.ts'
import { profileSchema } from '../cluster/profile.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { loadProvider } from '../providers/create-cluster.ts'
import { listenForCommands } from './access-listener.ts'
import { type LabFiles, labFiles } from './lab-folder.ts'
import { type LabRecord, writeRecord } from './lab-record.ts'
import { identifyProcess } from './process-identity.ts'

/** What a keeper is told by the command that started it. */
export interface KeeperOrder {
  readonly name: string
  readonly provider: string
  readonly profile: unknown
  readonly choices: ProviderChoices
}

/** What it answers. */
export type KeeperAnswer =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'failed'
      readonly code: PacketproofError['code']
      readonly message: string
      readonly hint?: string
    }

/**
 * The process that owns a lab's cluster: takes its order from its parent, answers when the cluster is there, and holds it until it is
 * told to end (SIGTERM) or the cluster dies. Nothing of the lab is left when it ends so.
 */
export async function keepLab(name: string): Promise<number> {
  const ending = endingSignal()
  const files = labFiles(name)
  try {
    await hold(await receiveOrder(ending), files, ending)
    return 0
  } catch (error) {
    answer(failureOf(error))
    process.stderr.write(`${messageOf(error)}\n`)
    return 1
  } finally {
    rmSync(files.folder, { recursive: true, force: true })
  }
}

async function receiveOrder(ending: AbortSignal): Promise<KeeperOrder> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(ending.reason)
    process.once('message', (value) => resolve(value as KeeperOrder))
    ending.addEventListener('abort', giveUp, { once: true })
    if (ending.aborted) giveUp()
  })
}

async function hold(order: KeeperOrder, files: LabFiles, ending: AbortSignal): Promise<void> {
  const profile = profileSchema.parse(order.profile)
  const provide = await loadProvider(order.provider)
  const onNote = (text: string): void => answer({ kind: 'note', text })
  const cluster = await provide(profile, { ...order.choices, name: order.name, signal: ending, onNote })
  try {
    writeFileSync(files.kubeconfig, cluster.kubeconfig, { mode: 0o600 })
    await using _listener = await listenForCommands(files.socket, cluster.access)
    const self = identifyProcess(process.pid)
    if (self === undefined) throw new Error('this process has no entry in /proc')
    const { provider, capabilities, environment } = cluster
    const record: LabRecord = {
      version: 1,
      name: order.name,
      provider,
      profile,
      createdAt: new Date().toISOString(),
      keeper: self,
      machines: cluster.machines.map((machine) => ({ ...machine, addresses: [...machine.addresses] })),
      capabilities: { ...capabilities },
      environment: { ...environment },
      ...(cluster.patience !== undefined && { patience: cluster.patience }),
      ...(cluster.borrowed && {
        borrowed: { labels: { ...cluster.borrowed.labels }, registry: order.choices.registry },
      }),
      components: [],
      faults: [],
    }
    writeRecord(files, record)
    answer({ kind: 'ready' })
    // From now on the lab is nobody's child.
    process.removeAllListeners('disconnect')
    if (process.connected) process.disconnect()
    await Promise.race([aborted(ending), cluster.died])
  } finally {
    await cluster[Symbol.asyncDispose]()
  }
}

/** A closed terminal (SIGHUP) or a Ctrl-C there is not meant for the lab. */
function endingSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => undefined)
  process.on('SIGTERM', () => controller.abort(new PacketproofError('E_INTERRUPTED', 'the lab was taken down')))
  // Whoever ordered the lab has gone before it was there.
  const leave = (): void => controller.abort(new PacketproofError('E_INTERRUPTED', 'nobody waits for the lab'))
  process.on('disconnect', leave)
  if (!process.connected) leave()
  return controller.signal
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function answer(message: KeeperAnswer): void {
  if (process.connected) process.send?.(message)
}

function failureOf(error: unknown): KeeperAnswer {
  const known = error instanceof PacketproofError ? error : undefined
  return {
    kind: 'failed',
    code: known?.code ?? 'E_INTERNAL',
    message: messageOf(error),
    ...(known?.hint !== undefined && { hint: known.hint }),
  }
}
