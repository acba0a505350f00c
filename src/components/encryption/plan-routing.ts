import { deviceName, encryptMark, type IpFamily, routeTable, rulePriority } from './names.ts'
import type { FamilyState, ShownRule } from './observe.ts'
import type { Command } from './plan-node.ts'
import { markText } from './rules.ts'

/** Table 201, and the rule that leads to it. */
export function planRouting(state: FamilyState | undefined, family: IpFamily): Command[] {
  const ip = ['ip', `-${family}`]
  const routed = state?.routes.some(({ dst, dev }) => dst === 'default' && dev === deviceName) ?? false
  const rules = state?.rules ?? []
  const own = rules.filter(isOwnRule)
  const strangers = rules.filter((rule) => rule.table === routeTable && !isOwnRule(rule))
  return [
    ...(routed
      ? []
      : [
          {
            argv: [...ip, 'route', 'replace', 'default', 'dev', deviceName, 'table', routeTable],
            why: `IPv${family}: table ${routeTable} leads into the tunnel`,
          },
        ]),
    ...[...strangers, ...own.slice(1)].map((rule) => ({
      argv: [...ip, 'rule', 'del', 'priority', String(rule.priority), 'lookup', routeTable],
      why: `IPv${family}: away with another rule for table ${routeTable}`,
    })),
    ...(own.length > 0
      ? []
      : [
          {
            argv: [...ip, 'rule', 'add', 'priority', String(rulePriority), 'fwmark', markText, 'lookup', routeTable],
            why: `IPv${family}: what is marked takes table ${routeTable}`,
          },
        ]),
  ]
}

/** What `ip -j rule` says of a rule that has no further conditions. */
const plainFields = new Set(['priority', 'src', 'fwmark', 'fwmask', 'table', 'protocol'])

export function isOwnRule(rule: ShownRule): boolean {
  const { priority, fwmark, fwmask, src, table } = rule
  return (
    priority === rulePriority &&
    table === routeTable &&
    (src === undefined || src === 'all') &&
    Number(fwmark) === encryptMark.value &&
    Number(fwmask) === encryptMark.mask &&
    Object.keys(rule).every((name) => plainFields.has(name))
  )
}
