#!/usr/bin/env node
// `node setup/docker-for-tests.mjs FOLDER`: what the tests of the provider kind run against: Docker by apt, if it is missing, and the
// program kind in FOLDER, if there is none. What cannot be had is named, and its tests are skipped: the exit code is 0 all the same.
import { mkdirSync } from 'node:fs'
import { aptInstall } from './apt.mjs'
import { fetchKind } from './fetch-kind.mjs'
import { findCommand } from './find-command.mjs'
import { catchSignals } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'
import { rootPrefix } from './system-packages.mjs'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: node setup/docker-for-tests.mjs FOLDER')
  process.exit(2)
}

catchSignals()
mkdirSync(folder, { recursive: true })
await attempt('Docker', installDocker)
await attempt('kind', async () => {
  if (findCommand('kind', process.env) === undefined) await fetchKind(folder, process.env)
})

/**
 * @param {string} what
 * @param {() => Promise<void>} work
 */
async function attempt(what, work) {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`packetproof set-up: tests go without ${what}: ${error.message}`)
  }
}

async function installDocker() {
  const isMissing = () => ['docker', 'dockerd'].some((command) => findCommand(command, process.env) === undefined)
  if (!isMissing()) return
  if (findCommand('apt-get', process.env) === undefined) throw new SetupError('there is no apt-get to install it with')
  const asRoot = process.env.PACKETPROOF_SETUP_INSTALL === 'never' ? undefined : await rootPrefix(process.env)
  if (asRoot === undefined) throw new SetupError('it is not installed, and may not be')
  console.error('packetproof set-up: installing docker.io with apt')
  await aptInstall(asRoot, ['docker.io'], 'apt-get install docker.io')
  // Newer distributions have the command in a package of its own.
  if (isMissing()) await aptInstall(asRoot, ['docker-cli'], 'apt-get install docker-cli')
}
