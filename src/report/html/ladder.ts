import {
  type TranslatedField,
  type TranslationEvidence,
  type TranslationRow,
  translatedFields,
} from '../evidence-model.ts'
import { type Html, html } from './html.ts'

const characterWidth = 6.7
const headerHeight = 30
const lineHeight = 66

interface Event {
  readonly row: TranslationRow
  readonly column: number
  readonly y: number
  /** Whether the packet goes from right to left here. */
  readonly isLeftward: boolean
  /** What NAT changed since the capture point before. */
  readonly changed: readonly TranslatedField[]
}

/** A sequence drawing of one packet (and its answer): a lifeline per capture point, the tuple where it was seen. */
export function renderLadder(translation: TranslationEvidence): Html {
  const legs = [translation.rows, translation.replyRows ?? []].filter((leg) => leg.length > 0)
  const points = [...new Set(legs.flat().map(pointOf))]
  const columnWidth = columnWidthOf(legs, points)
  const centre = (column: number) => (column + 0.5) * columnWidth
  let y = headerHeight - 30
  const drawn = legs.map((leg) => {
    y += lineHeight
    return placeEvents(leg, points, y, (to) => {
      y = to
    })
  })
  const width = points.length * columnWidth
  const height = y + 40
  const origin = translation.rows[0]?.timeMs ?? 0
  return html`<div class="scroll"><svg class="ladder" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${translation.title}">
${points.map((point, column) => html`<path class="lifeline" d="M${centre(column)} ${headerHeight - 8}V${height}"/><text class="point" x="${centre(column)}" y="14" text-anchor="middle">${point}</text>`)}
${drawn.map((events) => events.map((event, index) => renderHop(event, events[index + 1], centre)))}
${drawn.map((events) => events.map((event) => renderEvent(event, centre(event.column), origin)))}
</svg></div>`
}

/** Wide enough for the tuples, and for what changed between two times. */
function columnWidthOf(legs: readonly (readonly TranslationRow[])[], points: readonly string[]): number {
  const tuples = legs.flat().flatMap((row) => tupleLines(row).map((line) => line.length + 2))
  const labels = legs.flatMap((leg) => leg.map((row, index) => changeLabel(changedFields(leg[index - 1], row)).length))
  const timesWidth = 140
  return Math.max(
    240,
    Math.max(0, ...points.map((point) => point.length), ...tuples) * characterWidth + 30,
    Math.max(0, ...labels) * characterWidth + timesWidth,
  )
}

function changeLabel(fields: readonly TranslatedField[]): string {
  return fields.map((field) => fieldNames[field]).join(', ')
}

/** On one line as long as the packet goes on in one direction; a turn starts a new line. */
function placeEvents(
  leg: readonly TranslationRow[],
  points: readonly string[],
  top: number,
  endAt: (y: number) => void,
): Event[] {
  const columns = leg.map((row) => points.indexOf(pointOf(row)))
  let y = top
  let direction = 0
  return leg.map((row, index) => {
    const column = columns[index] ?? 0
    const before = columns[index - 1] ?? column
    const turn = Math.sign(column - before)
    if (index > 0 && (turn === 0 || (direction !== 0 && turn !== direction))) y += lineHeight
    if (turn !== 0) direction = turn
    endAt(y)
    const isLeftward = (index === 0 ? Math.sign((columns[1] ?? column) - column) : direction) < 0
    return { row, column, y, isLeftward, changed: changedFields(leg[index - 1], row) }
  })
}

function pointOf(row: TranslationRow): string {
  return `${row.host} ${row.interface}`
}

function renderHop(from: Event, to: Event | undefined, centre: (column: number) => number): Html {
  if (to === undefined) return html``
  const kind = to.changed.length > 0 ? 'hop nat' : 'hop'
  const x = centre(from.column)
  if (to.column === from.column) return html`<path class="${kind}" d="M${x} ${from.y}V${to.y}"/>`
  const direction = Math.sign(to.column - from.column)
  const tip = centre(to.column) - direction * 5
  return html`<path class="${kind}" d="M${x} ${from.y}V${to.y}H${tip - direction * 6}"/><path class="${kind} head" d="M${tip} ${to.y}l${-direction * 9} -4v8Z"/>
${to.changed.length > 0 && html`<text class="nat" x="${(x + tip) / 2}" y="${to.y - 6}" text-anchor="middle">${changeLabel(to.changed)}</text>`}`
}

function renderEvent(event: Event, x: number, origin: number): Html {
  const [source, destination] = tupleLines(event.row)
  const widest = Math.max(source.length, destination.length + 2) * characterWidth
  const style = (...fields: readonly TranslatedField[]) =>
    fields.some((field) => event.changed.includes(field)) ? 'tuple new' : 'tuple'
  return html`<rect class="backdrop" x="${x - widest / 2 - 4}" y="${event.y + 7}" width="${widest + 8}" height="28"/><circle class="seen" cx="${x}" cy="${event.y}" r="3.5"/>
<text class="${style('source', 'sourcePort')}" x="${x}" y="${event.y + 18}" text-anchor="middle">${source}</text>
<text class="${style('destination', 'destinationPort', 'icmpId')}" x="${x}" y="${event.y + 31}" text-anchor="middle">→ ${destination}</text>
<text class="time" x="${event.isLeftward ? x - 6 : x + 6}" y="${event.y - 7}" text-anchor="${event.isLeftward ? 'end' : 'start'}">${offset(event.row.timeMs - origin)}</text>`
}

function offset(ms: number): string {
  return `${ms < 0 ? '' : '+'}${ms.toFixed(3)} ms`
}

/** Source and destination, each with its port, the second with the ICMP id. */
function tupleLines(row: TranslationRow): [string, string] {
  const id = row.icmpId === undefined ? '' : ` id ${row.icmpId}`
  return [endpoint(row.source, row.sourcePort), `${endpoint(row.destination, row.destinationPort)}${id}`]
}

export function endpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

export const fieldNames: Readonly<Record<TranslatedField, string>> = {
  source: 'source',
  destination: 'destination',
  sourcePort: 'source port',
  destinationPort: 'destination port',
  icmpId: 'ICMP id',
}

/** The fields in which a row differs from the one before: both have it, and not the same. */
export function changedFields(before: TranslationRow | undefined, row: TranslationRow): TranslatedField[] {
  if (before === undefined) return []
  return translatedFields.filter(
    (field) => before[field] !== undefined && row[field] !== undefined && before[field] !== row[field],
  )
}
