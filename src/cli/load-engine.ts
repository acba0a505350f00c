import type { Engine } from './engine.ts'

/** Loaded late: it brings the Kubernetes client and every scenario with it. */
export async function loadEngine(): Promise<Engine> {
  return (await import('./scenario-engine.ts')).scenarioEngine
}
