import type { ScenarioDefinition } from '../src/index.ts'
import { encryption } from './encryption/encryption.ts'
import { forwardGuard } from './forward-guard/forward-guard.ts'
import { masquerade } from './masquerade/masquerade.ts'
import { networkPolicy } from './network-policy/network-policy.ts'
import { sidecar } from './sidecar/sidecar.ts'

export const scenarios: readonly ScenarioDefinition[] = [masquerade, forwardGuard, encryption, sidecar, networkPolicy]
