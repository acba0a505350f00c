import { join } from 'node:path'

/** @typedef {{ title: string, argv: readonly string[] }} Stage */

/**
 * @param {string} name
 * @param {string[]} args
 */
const tool = (name, ...args) => [join('node_modules', '.bin', name), ...args]

/** What must hold before any test is worth its time. @type {readonly Stage[]} */
export const staticStages = [
  { title: 'types', argv: tool('tsc', '-p', 'tsconfig.json') },
  { title: 'lint', argv: tool('oxlint', '--type-aware', '--deny-warnings') },
  { title: 'format', argv: tool('biome', 'ci', '--colors=off', '.') },
  { title: 'dead code', argv: tool('knip') },
]
