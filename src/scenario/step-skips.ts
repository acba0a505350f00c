import { type Capabilities, lackOf } from '../cluster/capability.ts'
import type { StepDefinition } from './definition.ts'
import { isPresent } from './settings.ts'
import type { StepContext } from './step-context.ts'

/** Which steps of one run are left out, and why. */
export class StepSkips {
  readonly #capabilities: Capabilities
  readonly #reasons = new Map<string, string>()
  #ending: string | undefined

  constructor(capabilities: Capabilities) {
    this.#capabilities = capabilities
  }

  /**
   * Why this step is skipped: what the cluster lacks for it, what it says itself, or that a step which it starts from was skipped. Ask in
   * the order of the steps.
   */
  reasonFor(step: StepDefinition<unknown>, context: StepContext): string | undefined {
    const reason =
      lackOf(this.#capabilities, step.requires ?? []) ??
      deploysPresent(step, context) ??
      step.skip?.(context) ??
      this.#inherited(step)
    if (reason === undefined) return undefined
    this.#reasons.set(step.id, reason)
    if (step.essential === true) this.#ending ??= builtOn(step.id, reason)
    return reason
  }

  #inherited(step: StepDefinition<unknown>): string | undefined {
    if (this.#ending !== undefined && step.beside !== true) return this.#ending
    for (const id of step.needs ?? []) {
      const reason = this.#reasons.get(id)
      if (reason !== undefined) return builtOn(id, reason)
    }
    return undefined
  }
}

function deploysPresent(step: StepDefinition<unknown>, context: StepContext): string | undefined {
  const { deploys } = step
  if (deploys === undefined || step.whenPresent !== undefined || !isPresent(context.settings, deploys)) return undefined
  return `deploys or changes ${deploys}, and the one that the cluster has is tested as it is (--component ${deploys}=present)`
}

function builtOn(id: string, reason: string): string {
  return reason.startsWith('it starts from') ? reason : `it starts from the step "${id}", which ${reason}`
}
