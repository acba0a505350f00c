import { captureReady } from './capture-ready.ts'
import { clusterStart } from './cluster-start.ts'
import { decodePackets } from './decode-packets.ts'
import { enforcement } from './enforcement.ts'
import { execRate } from './exec-rate.ts'
import type { Benchmark } from './figure.ts'
import { interception } from './interception.ts'
import { lab } from './lab.ts'
import { masqueradeRun } from './masquerade-run.ts'
import { matrix } from './matrix.ts'
import { parseRules } from './parse-rules.ts'
import { podCost } from './pod-cost.ts'

export const benchmarks: readonly Benchmark[] = [
  clusterStart,
  podCost,
  captureReady,
  masqueradeRun,
  interception,
  decodePackets,
  parseRules,
  execRate,
  matrix,
  enforcement,
  lab,
]
