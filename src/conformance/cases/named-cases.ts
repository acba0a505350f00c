import type { ConformanceCase } from '../conformance-case.ts'
import { egressCases } from './egress.ts'
import { moreCases } from './more.ts'
import { peerCases } from './peers.ts'
import { portCases } from './ports.ts'
import { updateCases } from './updates.ts'

/**
 * The truth-table cases of the NetworkPolicy suite of Kubernetes (test/e2e/network/netpol), each under its own name and with what the
 * suite expects, and some that it leaves out.
 */
export const namedCases: readonly ConformanceCase[] = [
  ...peerCases,
  ...portCases,
  ...egressCases,
  ...updateCases,
  ...moreCases,
]
