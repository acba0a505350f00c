import type { Explanation, HookPassage, Leg, Passage, RouteDecision, RuleStep, Tuple } from './explanation.ts'
import { withPort } from './find-ending.ts'
import { rewriteText, ruleParts, tupleText } from './step-text.ts'

/** How parts of the text are set off; each may leave its text as it is. */
export interface TextStyle {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly green: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
}

/** The story of one packet, a line for each thing that happened to it. */
export function explanationText(explanation: Explanation, style: TextStyle): string {
  const { question, outcome, legs, ending, answer } = explanation
  const isGood = outcome.outcome === 'ok'
  const paint = isGood ? style.green : style.red
  const asked =
    question.to.replace(/:\d+$/, '') === question.address ? '' : ` (${withPort(question.address, question.port)})`
  const title = `${question.from} → ${question.to}${asked}, ${question.protocol.toUpperCase()}`
  return [
    `${style.bold(title)}: ${paint(outcome.outcome)} ${style.dim(`(${outcome.detail})`)}`,
    ...legs.flatMap((leg, index) => ['', ...(index === 0 ? [] : [style.bold(leg.title)]), ...legLines(leg, style)]),
    `${isGood ? style.green('●') : style.red('■')} ${ending.text}`,
    ...(answer === undefined ? [] : ['', answerLine(answer, style)]),
    '',
  ].join('\n')
}

/** The part of the story that is the same whoever tells it: the hosts and interfaces of the answer. */
function answerLine(leg: Leg, style: TextStyle): string {
  const stations = leg.passages.map(({ host, outInterface }) =>
    outInterface === undefined ? host : `${host} ${style.dim(`(${outInterface})`)}`,
  )
  const first = leg.passages[0]
  const last = leg.passages.at(-1)
  const addresses =
    first === undefined || last === undefined ? '' : `${tupleText(first.entered)}${sameOr(first.entered, last.left)}`
  return `${style.bold('the answer')} ${addresses}: ${stations.join(' → ')}`
}

function sameOr(first: Tuple, last: Tuple): string {
  return tupleText(first) === tupleText(last) ? '' : `, arriving as ${tupleText(last)}`
}

function legLines(leg: Leg, style: TextStyle): string[] {
  return leg.passages.flatMap((passage, index) => passageLines(passage, index === leg.passages.length - 1, style))
}

function passageLines(passage: Passage, isLast: boolean, style: TextStyle): string[] {
  const { host, inInterface, outInterface, entered, hooks, route } = passage
  const came = inInterface === undefined ? '' : style.dim(` in by ${inInterface}`)
  const lines = [`${style.bold(host)}${came}  ${tupleText(entered)}`]
  for (const [index, hook] of hooks.entries()) {
    lines.push(...hookLines(hook, style))
    if (index === 0 && route !== undefined) lines.push(routeLine(route, style))
  }
  const left = hooks.at(-1)?.hook === 'postrouting' && hooks.at(-1)?.passed === true
  if (!left || outInterface === undefined) return lines.map((line, index) => (index === 0 ? line : `│ ${line}`))
  const out = `${style.dim('out by')} ${outInterface}${encryptionText(passage)}`
  return [...lines.map((line, index) => (index === 0 ? line : `│ ${line}`)), `${isLast ? '│' : '▼'} ${out}`]
}

function hookLines({ hook, rules, entered, left }: HookPassage, style: TextStyle): string[] {
  const byRule = rules.some(({ rewrite }) => rewrite !== undefined)
  const rewrite = byRule || tupleText(entered) === tupleText(left) ? undefined : { before: entered, after: left }
  return [
    style.dim(hook.toUpperCase()),
    ...rules.flatMap((step) => ruleLines(step, style)),
    ...(rewrite === undefined
      ? []
      : [`    ${style.yellow(rewriteText(rewrite))} ${style.dim('(as conntrack knows the connection)')}`]),
  ]
}

function ruleLines(step: RuleStep, style: TextStyle): string[] {
  const { table, chain, depth, action, rewrite } = step
  const place = `${table.padEnd(6)} ${'  '.repeat(depth)}${chain}`
  const { what, comment } = ruleParts(step)
  const isDecisive = /^(policy )?drop$|^reject$/.test(action)
  const line = `  ${place}  ${isDecisive ? style.red(what) : what}${comment && style.dim(` /* ${comment} */`)}`
  return rewrite === undefined ? [line] : [line, `    ${style.yellow(rewriteText(rewrite))}`]
}

function routeLine({ text, found, rule }: RouteDecision, style: TextStyle): string {
  const by = rule === undefined ? '' : ` (by the rule ${rule})`
  return `${style.dim('route')} ${found ? text : style.red(text)}${by}`
}

function encryptionText({ encryption, outer }: Passage): string {
  if (encryption === undefined) return ''
  if (encryption.peer === undefined) return ', a WireGuard device that has no peer for it'
  const wire = outer === undefined ? '' : `, on the wire ${tupleText(outer)} of ${outer.length} bytes`
  return `: encrypted for the peer ${encryption.peer.slice(0, 8)}… at ${encryption.endpoint ?? '(no endpoint)'}${wire}`
}
