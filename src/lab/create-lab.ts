import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'
import type { ProviderChoices } from '../cluster/node-access.ts'
import type { ClusterProfile } from '../cluster/profile.ts'
import { PacketproofError } from '../errors.ts'
import type { KeeperAnswer, KeeperOrder } from './keep-lab.ts'
import { type LabFiles, labFiles, makeLabsFolder } from './lab-folder.ts'

export interface LabRequest {
  readonly name: string
  readonly provider: string
  readonly profile: ClusterProfile
  readonly choices: ProviderChoices
  readonly onNote: (text: string) => void
  readonly signal?: AbortSignal
}

/**
 * Makes a cluster that outlives this process. Resolves when it can be used.
 * @throws PacketproofError E_USAGE when there is a lab of that name, and whatever the provider throws: then nothing is left.
 */
export async function createLab(request: LabRequest): Promise<LabFiles> {
  const files = labFiles(request.name)
  makeLabsFolder()
  claimFolder(files, request.name)
  const log = openSync(files.log, 'w', 0o600)
  // The program that runs this one, whatever it is called: a keeper is started where it can be read.
  const child = spawn(process.execPath, [join(packageRoot(), 'bin/packetproof.mjs'), 'lab-keeper', request.name], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const abort = (): void => void child.kill('SIGTERM')
  request.signal?.addEventListener('abort', abort, { once: true })
  try {
    const { name, provider, profile, choices } = request
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message) => {
        const answer = message as KeeperAnswer
        if (answer.kind === 'note') request.onNote(answer.text)
        else if (answer.kind === 'ready') resolve()
        else
          reject(
            new PacketproofError(answer.code, answer.message, answer.hint === undefined ? {} : { hint: answer.hint }),
          )
      })
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        request.signal?.throwIfAborted()
        reject(
          new PacketproofError(
            'E_CLUSTER',
            `the keeper of the lab "${name}" ended (${code ?? signal}): ${lastWords(files)}`,
          ),
        )
      })
      const order: KeeperOrder = { name, provider, profile, choices }
      child.send(order)
    })
    return files
  } catch (error) {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve))
    rmSync(files.folder, { recursive: true, force: true })
    request.signal?.throwIfAborted()
    throw error
  } finally {
    request.signal?.removeEventListener('abort', abort)
    child.removeAllListeners()
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** The folder is the name's lock: of two at once, one makes it. */
function claimFolder(files: LabFiles, name: string): void {
  try {
    mkdirSync(files.folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new PacketproofError('E_USAGE', `there is a lab called "${name}" already`, {
      hint: `choose another name with --name, or take it down: packetproof down ${name}`,
    })
  }
}

function lastWords(files: LabFiles): string {
  try {
    return readFileSync(files.log, 'utf8').trim().split('\n').at(-1) || 'it said nothing'
  } catch {
    return 'it said nothing'
  }
}
