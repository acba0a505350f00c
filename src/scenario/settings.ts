/** What a person chose for a run; the same for every scenario of it. */
export interface ScenarioSettings {
  /** Component name to variant, for instance `masquerade` to `host:/path/to/ip-masq-agent`. */
  readonly components: Readonly<Record<string, string>>
  /** Include the steps that wait for a documented default of a minute. */
  readonly slow: boolean
  /** Regular expressions on `ID statement`; a claim is looked at when it matches one of `only` (or there is none) and none of `except`. */
  readonly only: readonly RegExp[]
  readonly except: readonly RegExp[]
}

export const defaultSettings: ScenarioSettings = { components: {}, slow: false, only: [], except: [] }

export function isSelected(
  settings: ScenarioSettings,
  claim: { readonly id: string; readonly statement: string },
): boolean {
  const text = `${claim.id} ${claim.statement}`
  const wanted = settings.only.length === 0 || settings.only.some((pattern) => pattern.test(text))
  return wanted && !settings.except.some((pattern) => pattern.test(text))
}
