import type { Selector } from './selector.ts'

/** A selector as Calico's conversion from Kubernetes writes it, before it is parsed: single quotes, blanks inside the braces. */
export function sourceText(selector: Selector): string {
  switch (selector.kind) {
    case 'all':
      return 'all()'
    case 'equals':
      return `${selector.key} == '${selector.value}'`
    case 'in':
      return `${selector.key} in { ${selector.values.map(quote).join(', ')} }`
    case 'not-in':
      return `${selector.key} not in { ${selector.values.map(quote).join(', ')} }`
    case 'has':
      return `has(${selector.key})`
    case 'lacks':
      return `! has(${selector.key})`
    default:
      return selector.terms.map(sourceText).join(' && ')
  }
}

function quote(text: string): string {
  return `'${text}'`
}
