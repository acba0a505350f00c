import {
  type TranslatedField,
  type TranslationEvidence,
  type TranslationRow,
  translatedFields,
} from '../evidence-model.ts'
import { type Html, html } from './html.ts'

const characterWidth = 6.7
const headerHeight = 34
const legGap = 22
const hopHeight = 44

interface Event {
  readonly row: TranslationRow
  readonly column: number
  readonly y: number
  /** What NAT changed since the capture point before. */
  readonly changed: readonly TranslatedField[]
}

/** A sequence drawing of one packet (and its answer): a lifeline per capture point, the tuple where it was seen. */
export function renderLadder(translation: TranslationEvidence): Html {
  const legs = [translation.rows, translation.replyRows ?? []].filter((leg) => leg.length > 0)
  const points = [...new Set(legs.flat().map(pointOf))]
  const longest = Math.max(14, ...legs.flat().map((row) => Math.max(...tupleLines(row).map((line) => line.length + 2))))
  const columnWidth = Math.max(190, longest * characterWidth + 36)
  const width = points.length * columnWidth
  const centre = (column: number) => (column + 0.5) * columnWidth
  let y = headerHeight + 24
  const drawn = legs.map((leg) => {
    const events = leg.map((row, index): Event => {
      const event = { row, column: points.indexOf(pointOf(row)), y, changed: changedFields(leg[index - 1], row) }
      y += hopHeight
      return event
    })
    y += legGap
    return events
  })
  const height = y - legGap
  const origin = translation.rows[0]?.timeMs ?? 0
  return html`<div class="scroll"><svg class="ladder" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${translation.title}">
${points.map((point, column) => html`<path class="lifeline" d="M${centre(column)} ${headerHeight}V${height}"/><text class="point" x="${centre(column)}" y="16" text-anchor="middle">${point}</text>`)}
${drawn.map((events) => events.map((event, index) => renderHop(event, events[index + 1], centre)))}
${drawn.map((events) => events.map((event) => renderEvent(event, centre(event.column), origin)))}
</svg></div>`
}

function pointOf(row: TranslationRow): string {
  return `${row.host} ${row.interface}`
}

function renderHop(from: Event, to: Event | undefined, centre: (column: number) => number): Html {
  if (to === undefined || to.column === from.column) return html``
  const direction = Math.sign(to.column - from.column)
  const tip = centre(to.column) - direction * 5
  const middle = (centre(from.column) + tip) / 2
  const kind = to.changed.length > 0 ? 'hop nat' : 'hop'
  const tail = tip - direction * 8
  return html`<path class="${kind}" d="M${centre(from.column)} ${from.y}L${tip} ${to.y}"/><path class="${kind} head" d="M${tip} ${to.y}L${tail} ${to.y - 4.5}L${tail + direction} ${to.y + 2}Z"/>
${to.changed.length > 0 && html`<text class="nat" x="${middle}" y="${(from.y + to.y) / 2 - 7}" text-anchor="middle">${to.changed.map((field) => fieldNames[field]).join(', ')}</text>`}`
}

function renderEvent(event: Event, x: number, origin: number): Html {
  const [source, destination] = tupleLines(event.row)
  const widest = Math.max(source.length + 2, destination.length + 2) * characterWidth
  const marks = (fields: readonly TranslatedField[]) =>
    fields.some((field) => event.changed.includes(field)) ? 'tuple new' : 'tuple'
  return html`<rect class="backdrop" x="${x - widest / 2 - 4}" y="${event.y + 5}" width="${widest + 8}" height="29"/><circle class="seen" cx="${x}" cy="${event.y}" r="3.5"/>
<text class="${marks(['source', 'sourcePort'])}" x="${x}" y="${event.y + 17}" text-anchor="middle">${source}</text>
<text class="${marks(['destination', 'destinationPort', 'icmpId'])}" x="${x}" y="${event.y + 30}" text-anchor="middle">→ ${destination}</text>
<text class="time" x="${x + 8}" y="${event.y - 4}">${offset(event.row.timeMs - origin)}</text>`
}

function offset(ms: number): string {
  return `+${ms.toFixed(3)} ms`
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
