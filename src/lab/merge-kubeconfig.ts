import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { invalidInput, messageOf } from '../errors.ts'

interface Kubeconfig {
  [key: string]: unknown
  'current-context'?: string
}

const lists = ['clusters', 'users', 'contexts'] as const

/**
 * Merges a lab's kubeconfig into the user's, as kubectl would write it: into the first file of $KUBECONFIG that exists, else its last
 * one, else ~/.kube/config. Its names are the lab's alone; the current context becomes the lab's.
 * @returns the file that was written
 * @throws PacketproofError E_INVALID_INPUT when that file is not a kubeconfig: it stays as it is.
 */
export function mergeKubeconfig(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const path = chooseFile(env)
  const present = existsSync(path) ? readKubeconfig(path) : { apiVersion: 'v1', kind: 'Config' }
  const added = parse(text) as Kubeconfig
  const merged: Kubeconfig = { ...present, 'current-context': added['current-context'] ?? '' }
  for (const list of lists) merged[list] = [...withoutNames(present[list], added[list]), ...itemsOf(added[list])]
  replaceFile(path, merged)
  return path
}

/** Takes out what `mergeKubeconfig` has put in; a file that is gone, or has nothing of it, stays as it is. */
export function unmergeKubeconfig(text: string, path: string): void {
  if (!existsSync(path)) return
  const present = readKubeconfig(path)
  const removed = parse(text) as Kubeconfig
  const rest: Kubeconfig = { ...present }
  for (const list of lists) rest[list] = withoutNames(present[list], removed[list])
  if (present['current-context'] === removed['current-context']) rest['current-context'] = ''
  replaceFile(path, rest)
}

function chooseFile(env: NodeJS.ProcessEnv): string {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return listed.find((path) => existsSync(path)) ?? listed.at(-1) ?? join(env['HOME'] ?? homedir(), '.kube', 'config')
}

function readKubeconfig(path: string): Kubeconfig {
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw invalidInput(`${path} is not a kubeconfig: ${messageOf(cause)}`, { cause })
  }
  if (value === null) return { apiVersion: 'v1', kind: 'Config' }
  if (typeof value === 'object' && !Array.isArray(value)) return value as Kubeconfig
  throw invalidInput(`${path} is not a kubeconfig: expected a mapping with clusters, users and contexts`)
}

function withoutNames(present: unknown, named: unknown): { name: string }[] {
  const names = new Set(itemsOf(named).map(({ name }) => name))
  return itemsOf(present).filter(({ name }) => !names.has(name))
}

function itemsOf(list: unknown): { name: string }[] {
  return Array.isArray(list) ? (list as { name: string }[]) : []
}

function replaceFile(path: string, content: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const next = `${path}.packetproof-${process.pid}`
  writeFileSync(next, stringify(content), { mode: 0o600 })
  renameSync(next, path)
}
