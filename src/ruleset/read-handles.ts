import type { Host } from '../cluster/host.ts'

/**
 * By chain, the handles that nf_tables has given its rules, in their order. A rule that is written anew gets another handle (nft(8), "handle"),
 * also when it is the same: what `iptables-save` cannot show, for the counters that it lost may have grown again.
 */
export type RuleHandles = ReadonlyMap<string, string>

/** @returns undefined where there is no nft, or the rules are not in nf_tables */
export async function readHandles(
  host: Host,
  { family, table, signal }: { readonly family: 4 | 6; readonly table: string; readonly signal?: AbortSignal },
): Promise<RuleHandles | undefined> {
  const argv = ['nft', '--handle', '--terse', 'list', 'table', family === 4 ? 'ip' : 'ip6', table]
  try {
    const { exitCode, stdout } = await host.exec(argv, signal === undefined ? {} : { signal })
    return exitCode === 0 ? parseHandles(stdout) : undefined
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

/** Reads `nft --handle list table`. */
export function parseHandles(text: string): RuleHandles {
  const handles = new Map<string, string>()
  let chain: string | undefined
  for (const line of text.split('\n')) {
    const begins = /^\tchain (\S+) \{/.exec(line)
    if (begins !== null) {
      chain = begins[1] ?? ''
      handles.set(chain, '')
    } else if (line === '\t}') chain = undefined
    else if (chain !== undefined) {
      const handle = / # handle (\d+)$/.exec(line)?.[1]
      if (handle !== undefined) handles.set(chain, `${handles.get(chain) ?? ''} ${handle}`)
    }
  }
  return handles
}

/** The chains of both whose rules are not the same ones any more. */
export function rewrittenChains(before: RuleHandles | undefined, after: RuleHandles | undefined): ReadonlySet<string> {
  if (before === undefined || after === undefined) return new Set()
  return new Set(
    [...before].filter(([chain, handles]) => (after.get(chain) ?? handles) !== handles).map(([chain]) => chain),
  )
}
