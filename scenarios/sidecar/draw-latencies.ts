import {
  type CostRow,
  type Drawing,
  type DrawingShape,
  type DrawingStyle,
  latencyAt,
  throughputOf,
} from '../../src/index.ts'

const left = 60
const top = 20
const plotWidth = 720
const plotHeight = 260
const styles: readonly DrawingStyle[] = ['strong', 'good', 'unsure', 'flow', 'bad', 'plain']

/** The part of the connections (up) that were done within a time (to the right, each step ten times the one before). */
export function drawLatencies(rows: readonly CostRow[]): Drawing {
  const all = rows.flatMap(({ cost }) => cost?.latenciesUs ?? [])
  const first = 10 ** Math.floor(Math.log10(Math.min(...all, 1000)))
  const last = 10 ** Math.ceil(Math.log10(Math.max(...all, 1001)))
  const decades = Math.max(1, Math.round(Math.log10(last / first)))
  const xOf = (us: number): number => left + (Math.log10(us / first) / decades) * plotWidth
  const yOf = (part: number): number => top + (1 - part) * plotHeight
  return {
    title: 'time until the answer of one connection, by what it goes through',
    width: left + plotWidth + 40,
    height: top + plotHeight + 50,
    shapes: [...axes(first, decades, xOf, yOf), ...rows.flatMap((row, index) => curve(row, index, xOf, yOf))],
    legend: rows.map((row, index) => ({
      label: row.way,
      text: describe(row),
      ...(row.cost && { style: styleAt(index) }),
    })),
  }
}

function styleAt(index: number): DrawingStyle {
  return styles[index % styles.length] ?? 'plain'
}

function describe({ cost, missing }: CostRow): string {
  if (cost === undefined) return missing ?? 'not measured'
  const ms = (part: number): string => `${(latencyAt(cost, part) / 1000).toFixed(2)} ms`
  return `median ${ms(0.5)}, 95 % within ${ms(0.95)}, 99 % within ${ms(0.99)}; ${throughputOf(cost).toFixed(0)} MB/s on one connection`
}

function axes(
  first: number,
  decades: number,
  xOf: (us: number) => number,
  yOf: (part: number) => number,
): DrawingShape[] {
  const bottom = yOf(0)
  const upright = Array.from({ length: decades + 1 }, (_, index) => first * 10 ** index).flatMap(
    (us): DrawingShape[] => [
      {
        shape: 'line',
        points: [
          { x: xOf(us), y: yOf(1) },
          { x: xOf(us), y: bottom },
        ],
        style: 'dim',
      },
      { shape: 'text', x: xOf(us), y: bottom + 18, text: us < 1000 ? `${us} µs` : `${us / 1000} ms`, anchor: 'middle' },
    ],
  )
  const level = [0, 0.5, 0.95, 1].flatMap((part): DrawingShape[] => [
    {
      shape: 'line',
      points: [
        { x: left, y: yOf(part) },
        { x: left + plotWidth, y: yOf(part) },
      ],
      style: 'dim',
    },
    { shape: 'text', x: left - 8, y: yOf(part) + 4, text: `${part * 100} %`, anchor: 'end' },
  ])
  return [...upright, ...level]
}

function curve(
  { cost }: CostRow,
  index: number,
  xOf: (us: number) => number,
  yOf: (part: number) => number,
): DrawingShape[] {
  if (cost === undefined) return []
  const sorted = cost.latenciesUs.toSorted((a, b) => a - b)
  const points = sorted.map((us, at) => ({ x: round(xOf(us)), y: round(yOf((at + 1) / sorted.length)) }))
  return [{ shape: 'line', points, style: styleAt(index) }]
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
