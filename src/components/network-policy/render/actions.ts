import { hex } from '../dialect.ts'

/*
 * Matches and actions as Felix words them: the hashes are made of these texts.
 */

export const accept = '--jump ACCEPT'
export const drop = '--jump DROP'
export const giveBack = '--jump RETURN'

export const jumpTo = (chain: string): string => `--jump ${chain}`
export const goTo = (chain: string): string => `--goto ${chain}`
export const clearMarks = (marks: number): string => `--jump MARK --set-mark 0/${hex(marks)}`
export const setMark = (mark: number): string => `--jump MARK --set-mark ${hex(mark)}/${hex(mark)}`

export const isClear = (mark: number): string => `-m mark --mark 0/${hex(mark)}`
export const isSet = (mark: number): string => `-m mark --mark ${hex(mark)}/${hex(mark)}`
export const isAnySet = (marks: number): string => `-m mark ! --mark 0/${hex(marks)}`
export const inState = (states: string): string => `-m conntrack --ctstate ${states}`
export const inSet = (name: string, direction: 'src' | 'dst' | 'dst,dst'): string =>
  `-m set --match-set ${name} ${direction}`
