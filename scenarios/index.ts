import type { ScenarioDefinition } from '../src/index.ts'
import { masquerade } from './masquerade/masquerade.ts'

export const scenarios: readonly ScenarioDefinition[] = [masquerade]
