/** Rules by chain, in order; each the text after `-A CHAIN `. */
export type ChainRules = Map<string, string[]>

/** The chains of kube-proxy's iptables mode, complete: what is not in them is not to be there. */
export interface RuleTables {
  readonly filter: ChainRules
  readonly nat: ChainRules
}

export type TableName = keyof RuleTables

export function appendRule(chains: ChainRules, chain: string, words: readonly string[]): void {
  const rules = chains.get(chain) ?? []
  rules.push(words.join(' '))
  chains.set(chain, rules)
}

/** Makes the chain exist, with or without rules. */
export function declareChain(chains: ChainRules, chain: string): void {
  if (!chains.has(chain)) chains.set(chain, [])
}

/** `-m comment --comment "…"`; quoted only where kube-proxy does, and iptables-save prints it so, too. */
export function commentWords(text: string): readonly string[] {
  return ['-m', 'comment', '--comment', /\s/.test(text) ? `"${text}"` : text]
}

/** Protocol, address and the Service's port. */
export function matchDestination(
  { protocol, port }: { readonly protocol: string; readonly port: number },
  address: string,
): readonly string[] {
  return ['-m', protocol, '-p', protocol, '-d', address, '--dport', String(port)]
}
