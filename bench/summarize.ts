import type { Figure, PeerResult } from './figure.ts'
import { median } from './statistics.ts'

export type PeerSummary =
  | { readonly name: string; readonly median: number; readonly ratio: number; readonly runs: readonly number[] }
  | { readonly name: string; readonly skipped: string }

/** A figure with what follows from its runs; the shape of `--format json`. */
export interface FigureSummary {
  readonly name: string
  readonly unit: Figure['unit']
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: readonly number[]
  readonly goal: Figure['goal']
  /** Undefined where there is no goal, or where the peer that it speaks of was skipped. */
  readonly reached: boolean | undefined
  readonly peers: readonly PeerSummary[]
  readonly limit: string
}

export function summarize(figure: Figure): FigureSummary {
  const { name, unit, runs, goal, limit } = figure
  const peers = (figure.peers ?? []).map((peer) => summarizePeer(peer, median(runs)))
  const value = { median: median(runs), min: Math.min(...runs), max: Math.max(...runs) }
  return { name, unit, ...value, runs, goal, reached: isReached(goal, value.median, peers[0]), peers, limit }
}

/** How many times as long the peer takes. */
function summarizePeer(peer: PeerResult, ours: number): PeerSummary {
  if ('skipped' in peer) return peer
  return { name: peer.name, median: median(peer.runs), ratio: median(peer.runs) / ours, runs: peer.runs }
}

function isReached(goal: Figure['goal'], ours: number, peer: PeerSummary | undefined): boolean | undefined {
  if (goal === undefined) return undefined
  if ('atMost' in goal) return ours <= goal.atMost
  return peer === undefined || 'skipped' in peer ? undefined : peer.ratio >= goal.timesBetter
}
