import { nearestName } from '../../helpers/nearest-name.ts'

/** `did you mean "a"?`, or what there is to choose from. */
export function suggest(name: string, known: readonly string[]): string {
  const begun = name.length > 1 ? known.filter((candidate) => candidate.startsWith(name)) : []
  const meant = begun.length === 1 ? begun[0] : nearestName(name, known)
  if (meant !== undefined) return `did you mean "${meant}"?`
  return known.length === 0 ? 'there is none to choose from' : `known: ${known.join(', ')}`
}
