import type { ClaimDefinition } from './definition.ts'

/** What a person chose for a run; the same for every scenario of it. */
export interface ScenarioSettings {
  /** Component name to variant, for instance `masquerade` to `host:/path/to/ip-masq-agent`. */
  readonly components: ReadonlyMap<string, string>
  /** Include the steps that wait for a documented default of a minute. */
  readonly slow: boolean
  /** Claims that are left out are neither looked at nor counted against the scenario. */
  readonly includesClaim: (claim: ClaimDefinition) => boolean
}

/** Whether the component is the one that the cluster has already. */
export function isPresent({ components }: Pick<ScenarioSettings, 'components'>, component: string): boolean {
  return components.get(component) === 'present'
}
