import { accessSync, constants, statSync } from 'node:fs'
import { PacketproofError } from '../errors.ts'
import type { ScenarioDefinition } from '../scenario/definition.ts'
import { suggest } from './suggest.ts'

/**
 * Reads `--component NAME=VARIANT` texts. A variant is one that a scenario names, `host:/absolute/path`, or an image
 * (recognised by its `/`, `:` or `@`).
 * @throws PacketproofError E_USAGE, also for a binary that does not exist or cannot be executed
 */
export function selectComponents(
  texts: readonly string[],
  scenarios: readonly Pick<ScenarioDefinition, 'components'>[],
): ReadonlyMap<string, string> {
  const known = new Map(
    scenarios.flatMap((scenario) => scenario.components).map(({ name, variants }) => [name, variants] as const),
  )
  const chosen = new Map<string, string>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    const variant = equals < 0 ? '' : text.slice(equals + 1)
    const variants = known.get(name)
    if (variants === undefined) {
      throw new PacketproofError(
        'E_USAGE',
        `--component "${text}": there is no component "${name}" in these scenarios`,
        {
          hint: suggest(name, [...known.keys()]),
        },
      )
    }
    if (chosen.has(name)) {
      throw new PacketproofError('E_USAGE', `--component "${text}": "${name}" has been given a variant before`)
    }
    assertVariant(text, variant, variants)
    chosen.set(name, variant)
  }
  return chosen
}

function assertVariant(text: string, variant: string, variants: readonly string[]): void {
  if (variants.includes(variant)) return
  if (variant.startsWith('host:')) {
    assertBinary(text, variant.slice('host:'.length))
    return
  }
  if (/^[^\s/:@]+.*[/:@]/.test(variant)) return
  throw new PacketproofError(
    'E_USAGE',
    variant === ''
      ? `--component "${text}": expected NAME=VARIANT`
      : `--component "${text}": there is no variant "${variant}"`,
    { hint: `variants: ${variants.join(', ')}, host:/path/to/binary, or an image` },
  )
}

function assertBinary(text: string, path: string): void {
  const refuse = (problem: string, hint?: string): PacketproofError =>
    new PacketproofError('E_USAGE', `--component "${text}": ${problem}`, hint === undefined ? {} : { hint })
  if (!path.startsWith('/')) throw refuse('expected an absolute path after host:')
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw refuse(`there is no file ${path}`)
  if (!found.isFile()) throw refuse(`${path} is not a file`)
  try {
    accessSync(path, constants.X_OK)
  } catch {
    throw refuse(`${path} cannot be executed`, `chmod +x ${path}, when it is the agent`)
  }
}
