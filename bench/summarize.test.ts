import { describe, expect, it } from 'vitest'
import type { Figure } from './figure.ts'
import { summarize } from './summarize.ts'

const figure: Figure = { name: 'a figure', unit: 's', runs: [3, 1, 2], limit: 'the runs' }

describe('summarize', () => {
  it('gives the median between the extremes', () => {
    expect(summarize(figure)).toMatchObject({ median: 2, min: 1, max: 3, reached: undefined })
  })

  it('divides the median of the peer by ours', () => {
    const peers = [{ name: 'peer', runs: [10, 40, 30] }]
    expect(summarize({ ...figure, peers }).peers).toEqual([{ name: 'peer', median: 30, ratio: 15, runs: [10, 40, 30] }])
  })

  it('counts a goal as reached at the goal itself', () => {
    expect(summarize({ ...figure, goal: { atMost: 2 } }).reached).toBe(true)
    expect(summarize({ ...figure, goal: { atMost: 1.9 } }).reached).toBe(false)
  })

  it('judges a ratio by the first peer alone', () => {
    const goal = { timesBetter: 10 }
    const slow = { name: 'slow', runs: [20] }
    const fast = { name: 'fast', runs: [19] }
    expect(summarize({ ...figure, goal, peers: [slow, fast] }).reached).toBe(true)
    expect(summarize({ ...figure, goal, peers: [fast, slow] }).reached).toBe(false)
  })

  it('counts a peer that was skipped as no comparison', () => {
    const peers = [{ name: 'peer', skipped: 'apt-get install peer' }]
    const summary = summarize({ ...figure, goal: { timesBetter: 10 }, peers })
    expect(summary.reached).toBeUndefined()
    expect(summary.peers).toEqual(peers)
  })
})
