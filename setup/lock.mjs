import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { assertWritable } from './npm-packages.mjs'
import { interruptedExitCode } from './run-quietly.mjs'
import { SetupError } from './setup-error.mjs'

const waitAtMostMs = 15 * 60_000

/**
 * Runs `work` while no other set-up works on this checkout. Waits for another one; a lock whose process is gone counts for nothing.
 * @param {string} root
 * @param {() => Promise<void>} work
 */
export async function withLock(root, work) {
  const path = join(root, '.setup.lock')
  const mine = `${process.pid} ${startOf(process.pid)}\n`
  assertWritable(root)
  await acquire(path, mine)
  try {
    await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/**
 * @param {string} path
 * @param {string} mine
 */
async function acquire(path, mine) {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, mine)
  try {
    const deadline = performance.now() + waitAtMostMs
    let announced = false
    while (!tryLink(draft, path)) {
      const holder = readIfThere(path)
      if (holder !== undefined && isGone(holder)) {
        takeAway(path, holder)
        continue
      }
      if (performance.now() > deadline) {
        throw new SetupError(`another set-up holds ${path} for more than 15 minutes`, {
          hint: `if process ${holder?.split(' ')[0]} is not a packetproof set-up, remove that file`,
        })
      }
      if (!announced) console.error('packetproof set-up: waiting for another set-up of this checkout')
      announced = true
      if (interruptedExitCode() !== undefined) throw new SetupError('interrupted while waiting')
      await delay(200)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * A hard link appears with its content, or not at all.
 * @param {string} draft
 * @param {string} path
 */
function tryLink(draft, path) {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Two processes may both find the lock stale: whoever moves a lock that is not the stale one puts it back.
 * @param {string} path
 * @param {string} holder
 */
function takeAway(path, holder) {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (readFileSync(aside, 'utf8') !== holder) tryLink(aside, path)
  rmSync(aside, { force: true })
}

/** @param {string} holder `PID START\n` */
function isGone(holder) {
  const [pid, start] = holder.trim().split(' ')
  return start === '' || startOf(Number(pid)) !== start
}

/**
 * When the process started, in clock ticks since boot (field 22 of proc(5) stat); it tells a reused id from the first owner.
 * @param {number} pid
 */
function startOf(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'gone'
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
