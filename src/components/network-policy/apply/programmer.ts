import { mustRun, type RunTool } from '../../run-tool.ts'
import type { NodePlan } from '../plan/plan-node.ts'
import { isOwnChain, type KernelTables, parseKernelTables } from './kernel-rules.ts'
import { type KernelSets, parseKernelSets, setPayload, staleSets } from './set-payload.ts'
import { removalPayload, tablePayload } from './table-payload.ts'

const tableNames = ['filter', 'raw', 'nat'] as const

/** Between reading the rules and changing them, others may change them too. */
const maxAttempts = 4

/**
 * Makes the rules and sets of one machine those of a plan. It remembers what it has written, so that a change costs what it changes;
 * `forget` makes it look again.
 */
export class Programmer {
  readonly #run: RunTool
  readonly #rules = new Map<4 | 6, KernelTables>()
  readonly #texts = new Map<string, string>()
  #sets: KernelSets | undefined

  constructor(run: RunTool) {
    this.#run = run
  }

  /** Somebody else may have been there. */
  forget(): void {
    this.#rules.clear()
    this.#sets = undefined
  }

  /**
   * @returns how many lines were applied; 0 when everything was right.
   * @throws PacketproofError with the words of the tool that refused; the table that it refused is as it was.
   */
  async apply(plans: readonly NodePlan[]): Promise<number> {
    let lines = 0
    for (let attempt = 1; ; attempt += 1) {
      try {
        lines += await this.#attempt(plans)
        return lines
      } catch (error) {
        // The rules are not as they were when they were last read.
        this.forget()
        if (attempt === maxAttempts) throw error
      }
    }
  }

  async #attempt(plans: readonly NodePlan[]): Promise<number> {
    const wanted = plans.flatMap(({ sets }) => sets)
    let lines = await this.#writeSets(setPayload(wanted, await this.#readSets()))
    for (const plan of plans) lines += await this.#writeRules(plan)
    const stale = staleSets(wanted, await this.#readSets())
    lines += await this.#writeSets(stale.map((name) => `destroy ${name}\n`).join(''))
    return lines
  }

  async #writeRules(plan: NodePlan): Promise<number> {
    const { family } = plan
    const present = this.#rules.get(family) ?? (await this.#readRules(family))
    const payload = plan.tables
      .map((table) => {
        const known = (chain: string, hash: string): string | undefined =>
          this.#texts.get(textKey(family, table.table, chain, hash))
        return tablePayload(table, present.get(table.table) ?? new Map(), known)
      })
      .join('')
    this.#rules.set(family, present)
    if (payload === '') return 0
    await restoreRules(this.#run, family, payload)
    const after = await this.#readRules(family)
    this.#rules.set(family, after)
    this.#remember(family, after)
    return payload.split('\n').length - 1
  }

  #remember(family: 4 | 6, tables: KernelTables): void {
    for (const key of [...this.#texts.keys()]) if (key.startsWith(`${family} `)) this.#texts.delete(key)
    for (const [table, chains] of tables) {
      for (const [chain, rules] of chains) {
        if (!isOwnChain(chain)) continue
        for (const { hash, text } of rules) {
          if (hash !== undefined) this.#texts.set(textKey(family, table, chain, hash), text)
        }
      }
    }
  }

  async #writeSets(payload: string): Promise<number> {
    if (payload === '') return 0
    await mustRun(this.#run, ['ipset', 'restore'], payload)
    this.#sets = undefined
    return payload.split('\n').length - 1
  }

  async #readSets(): Promise<KernelSets> {
    this.#sets ??= parseKernelSets(await mustRun(this.#run, ['ipset', 'save']))
    return this.#sets
  }

  async #readRules(family: 4 | 6): Promise<KernelTables> {
    return readRules(this.#run, family)
  }
}

/** Takes all chains, jumps and sets away. @returns whether there were any. */
export async function cleanNode(run: RunTool): Promise<boolean> {
  let found = false
  for (const family of [4, 6] as const) {
    const present = await readRules(run, family)
    const payload = tableNames.map((table) => removalPayload(table, present.get(table) ?? new Map())).join('')
    if (payload === '') continue
    found = true
    await restoreRules(run, family, payload)
  }
  const sets = [...parseKernelSets(await mustRun(run, ['ipset', 'save'])).keys()]
  if (sets.length > 0) await mustRun(run, ['ipset', 'restore'], sets.map((name) => `destroy ${name}\n`).join(''))
  return found || sets.length > 0
}

/** Whether a machine has just what the plans say; what is missing, in words, when not. */
export async function missingOn(run: RunTool, plans: readonly NodePlan[]): Promise<string | undefined> {
  const sets = parseKernelSets(await mustRun(run, ['ipset', 'save']))
  const missingSets = setPayload(
    plans.flatMap((plan) => plan.sets),
    sets,
  )
  if (missingSets !== '') return missingSets.split('\n')[0]
  for (const { family, tables } of plans) {
    const present = await readRules(run, family)
    for (const table of tables) {
      const payload = tablePayload(table, present.get(table.table) ?? new Map(), () => undefined)
      if (payload !== '') return `${table.table}: ${payload.split('\n')[1]}`
    }
  }
  return undefined
}

async function readRules(run: RunTool, family: 4 | 6): Promise<KernelTables> {
  return parseKernelTables(await mustRun(run, [`${program(family)}-save`]))
}

async function restoreRules(run: RunTool, family: 4 | 6, payload: string): Promise<void> {
  await mustRun(run, [`${program(family)}-restore`, '-w', '5', '--noflush'], payload)
}

function program(family: 4 | 6): string {
  return family === 4 ? 'iptables' : 'ip6tables'
}

function textKey(family: 4 | 6, table: string, chain: string, hash: string): string {
  return `${family} ${table} ${chain} ${hash}`
}
