import type { Drawing, DrawingShape, DrawingStyle, Judged } from '../../src/index.ts'

/** One of the sixteen steps of the document, and whether it was seen so. */
export interface PathStep {
  readonly number: number
  readonly text: string
  readonly claims: readonly string[]
  readonly judged: Judged
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly lines: readonly string[]
  readonly style?: DrawingStyle
}

/** The reviews pod, left to right: the interface, the chains of what comes in, the proxy, the chains of what goes out, the app. */
const boxes: readonly Box[] = [
  { x: 100, y: 20, width: 800, height: 400, lines: ['the pod reviews'], style: 'dim' },
  { x: 70, y: 150, width: 60, height: 120, lines: ['eth0'], style: 'strong' },
  { x: 170, y: 60, width: 150, height: 120, lines: ['PREROUTING', 'ISTIO_INBOUND', 'ISTIO_IN_REDIRECT'] },
  { x: 400, y: 50, width: 150, height: 60, lines: ['proxy, inbound', 'port 15006'], style: 'flow' },
  { x: 640, y: 50, width: 130, height: 60, lines: ['OUTPUT', 'ISTIO_OUTPUT'] },
  { x: 800, y: 120, width: 80, height: 170, lines: ['the app', 'port 9080'], style: 'strong' },
  { x: 640, y: 240, width: 130, height: 80, lines: ['OUTPUT', 'ISTIO_OUTPUT', 'ISTIO_REDIRECT'] },
  { x: 400, y: 250, width: 150, height: 60, lines: ['proxy, outbound', 'port 15001'], style: 'flow' },
  { x: 400, y: 345, width: 150, height: 50, lines: ['OUTPUT', 'ISTIO_OUTPUT'] },
  { x: 170, y: 345, width: 150, height: 50, lines: ['POSTROUTING'] },
  { x: 0, y: 150, width: 56, height: 24, lines: ['client'], style: 'dim' },
  { x: 0, y: 246, width: 56, height: 24, lines: ['ratings'], style: 'dim' },
]

const arrows: readonly (readonly (readonly [x: number, y: number])[])[] = [
  [
    [56, 162],
    [70, 162],
  ],
  [
    [130, 170],
    [150, 170],
    [150, 120],
    [170, 120],
  ],
  [
    [320, 90],
    [400, 80],
  ],
  [
    [550, 80],
    [640, 80],
  ],
  [
    [770, 80],
    [840, 80],
    [840, 120],
  ],
  [
    [800, 170],
    [705, 170],
    [705, 110],
  ],
  [
    [800, 270],
    [770, 275],
  ],
  [
    [640, 280],
    [550, 280],
  ],
  [
    [475, 310],
    [475, 345],
  ],
  [
    [400, 370],
    [320, 370],
  ],
  [
    [170, 370],
    [110, 370],
    [110, 270],
  ],
  [
    [70, 258],
    [56, 258],
  ],
]

/** Where each number stands. */
const places: Readonly<Record<number, readonly [x: number, y: number]>> = {
  1: [150, 170],
  2: [170, 108],
  3: [170, 138],
  4: [360, 72],
  5: [475, 38],
  6: [600, 66],
  7: [705, 38],
  8: [855, 105],
  9: [785, 155],
  10: [690, 135],
  11: [755, 228],
  12: [595, 268],
  13: [475, 238],
  14: [490, 330],
  15: [385, 356],
  16: [130, 356],
}

/** The document's picture, drawn with what was seen: green where a step holds, red where it does not. */
export function drawPath(steps: readonly PathStep[]): Drawing {
  return {
    title: 'the sixteen steps of a request through the pod reviews',
    width: 910,
    height: 430,
    shapes: [
      ...boxes.flatMap(shapesOf),
      ...arrows.map(
        (points): DrawingShape => ({ shape: 'line', arrow: true, points: points.map(([x, y]) => ({ x, y })) }),
      ),
      ...steps.map((step): DrawingShape => {
        const [x, y] = places[step.number] ?? [0, 0]
        return { shape: 'step', x, y, label: String(step.number), style: styleOf(step) }
      }),
    ],
    legend: steps.map((step) => ({
      label: String(step.number),
      text: step.judged.pass ? step.text : `${step.text}: not so. Seen: ${step.judged.observed}`,
      style: styleOf(step),
    })),
  }
}

function styleOf({ judged }: PathStep): DrawingStyle {
  if (judged.problem !== undefined) return 'unsure'
  return judged.pass ? 'good' : 'bad'
}

function shapesOf({ x, y, width, height, lines, style }: Box): DrawingShape[] {
  const isFrame = width > 500
  const top = isFrame ? y + 14 : y + height / 2 - (lines.length - 1) * 8 + 4
  return [
    { shape: 'box', x, y, width, height, ...(style && { style }) },
    ...lines.map((text, index): DrawingShape => {
      return isFrame
        ? { shape: 'text', x: x + 8, y: top, text, style: 'dim' }
        : { shape: 'text', x: x + width / 2, y: top + index * 16, text, anchor: 'middle' }
    }),
  ]
}
