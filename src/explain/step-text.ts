import type { Rewrite, RuleStep, Tuple } from './explanation.ts'
import { withPort } from './find-ending.ts'

/** A rule without its chain, its comments apart, as iptables -L shows them; what became of the packet where there is no rule. */
export function ruleParts({ rule, action }: RuleStep): { what: string; comment: string } {
  if (rule === undefined) return { what: action, comment: '' }
  const comments: string[] = []
  const what = rule
    .replace(/^-A \S+ ?/, '')
    .replace(/-m comment --comment (?:"((?:[^"\\]|\\.)*)"|(\S+)) ?/g, (_, quoted?: string, bare?: string) => {
      comments.push((quoted ?? bare ?? '').replace(/\\(.)/g, '$1'))
      return ''
    })
  return { what: what.trim() || '(any packet)', comment: comments.join('; ') }
}

export function rewriteText({ before, after }: Rewrite): string {
  const sources = [withPort(before.source, before.sourcePort), withPort(after.source, after.sourcePort)]
  const destinations = [before, after].map(({ destination, destinationPort }) => withPort(destination, destinationPort))
  const changes = [
    ...(sources[0] === sources[1] ? [] : [`source ${sources.join(' becomes ')}`]),
    ...(destinations[0] === destinations[1] ? [] : [`destination ${destinations.join(' becomes ')}`]),
  ]
  return `⇒ ${changes.join(', ')}`
}

export function tupleText({ source, sourcePort, destination, destinationPort }: Tuple): string {
  return `${withPort(source, sourcePort)} → ${withPort(destination, destinationPort)}`
}
