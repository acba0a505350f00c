import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { findChain } from '../../ruleset/model.ts'
import { mustRun, type RunTool } from '../run-tool.ts'
import { keyFilePath } from './key-file.ts'
import {
  bothFamilies,
  chainNames,
  defaultStateDirectory,
  deviceName,
  type IpFamily,
  routeTable,
  setNames,
  socketDirectory,
} from './names.ts'
import { type FamilyState, observeNode } from './observe.ts'
import type { Command } from './plan-node.ts'
import { isOwnRule } from './plan-routing.ts'
import { renderMangle } from './rules.ts'
import { deleteServiceTable } from './service-marks.ts'

/**
 * Takes everything but the key file from a machine: rules first, so that nothing is sent into a tunnel that is going.
 * @returns what was removed, in words; empty when there was nothing.
 */
export async function cleanUpNode(run: RunTool): Promise<readonly string[]> {
  const { links, families } = await observeNode(run, bothFamilies)
  const device = links.some(({ name }) => name === deviceName)
  const commands = [
    ...bothFamilies.flatMap((family) => cleanUpFamily(families[family], family)),
    // wireguard-go ends when its device goes.
    ...(device ? [{ argv: ['ip', 'link', 'del', 'dev', deviceName], why: `the device ${deviceName}` }] : []),
  ]
  for (const { argv, stdin } of commands) await mustRun(run, argv, stdin)
  return commands.map(({ why }) => why)
}

function cleanUpFamily(state: FamilyState | undefined, family: IpFamily): Command[] {
  if (state === undefined) return []
  const names: readonly string[] = Object.values(chainNames)
  const chains = names.filter((name) => findChain(state.mangle, 'mangle', name) !== undefined)
  const calls = ['PREROUTING', 'POSTROUTING'].flatMap((hook) =>
    (findChain(state.mangle, 'mangle', hook)?.rules ?? [])
      .filter(({ target }) => target !== undefined && names.includes(target))
      .map(({ spec }) => `${hook} ${spec}`),
  )
  const payload = renderMangle([], [], { rules: calls, chains })
  const ip = ['ip', `-${family}`]
  const own = state.rules.filter((rule) => isOwnRule(rule) || rule.table === routeTable)
  return [
    ...own.map(({ priority }) => ({
      argv: [...ip, 'rule', 'del', 'priority', String(priority), 'lookup', routeTable],
      why: `the IPv${family} rule for table ${routeTable}`,
    })),
    ...(state.routes.length === 0
      ? []
      : [
          {
            argv: [...ip, 'route', 'flush', 'table', routeTable],
            why: `the IPv${family} routes of table ${routeTable}`,
          },
        ]),
    ...(payload === ''
      ? []
      : [
          {
            argv: [family === 4 ? 'iptables-restore' : 'ip6tables-restore', '-w', '5', '--noflush'],
            stdin: payload,
            why: `the IPv${family} chains ${chains.join(', ')}`,
          },
        ]),
    ...(state.serviceMarks.listing === undefined
      ? []
      : [{ argv: deleteServiceTable(family), why: `the IPv${family} marks of Services` }]),
    ...(state.members === undefined
      ? []
      : [{ argv: ['ipset', 'destroy', setNames[family]], why: `the set ${setNames[family]}` }]),
  ]
}

/** On this machine. Folders go too when nothing else is in them. */
export async function removeKeyFile(stateDirectory: string): Promise<void> {
  await rm(keyFilePath(stateDirectory), { force: true })
  const own = stateDirectory === defaultStateDirectory ? [dirname(stateDirectory), socketDirectory] : []
  for (const folder of [stateDirectory, ...own]) await rmdir(folder).catch(() => undefined)
}
