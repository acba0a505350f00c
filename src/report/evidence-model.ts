import { z } from 'zod'
import { count, hostName, list, milliseconds, relativePath, sha256, verdictSchema } from './schema-helpers.ts'

const common = { id: z.string().min(1), title: z.string() }

const packetRowSchema = z
  .object({
    /** The packet's number in the capture file, from 1. */
    number: count,
    timeMs: milliseconds,
    interface: z.string().optional(),
    direction: z.enum(['in', 'out']).optional(),
    source: z.string(),
    destination: z.string(),
    protocol: z.string(),
    info: z.string(),
    /** `translated`: part of a translation; `expected`, `unexpected`: decided a check; `control`: the positive control; `noise`, `marker`: named, not counted. */
    highlight: z.enum(['translated', 'expected', 'unexpected', 'control', 'noise', 'marker']).optional(),
    /** What was recognised, for instance `ARP` or `WireGuard keepalive`. */
    note: z.string().optional(),
  })
  .meta({ id: 'PacketRow' })

const captureSchema = z
  .object({
    kind: z.literal('capture'),
    ...common,
    host: hostName,
    interface: z.string(),
    /** The pcap filter expression; empty when all packets were taken. */
    filter: z.string(),
    file: relativePath,
    sha256,
    packetCount: count,
    droppedByKernel: count,
    /** False when it cannot be said that the capture covers its window; `problem` then says why. */
    complete: z.boolean(),
    problem: z.string().optional(),
    rows: list(packetRowSchema),
    /** How many packets of the file are not among the rows. */
    rowsLeftOut: count,
  })
  .meta({ id: 'CaptureEvidence', description: 'Packets captured on one host and interface.' })

const translationRowSchema = z
  .object({
    host: hostName,
    interface: z.string(),
    timeMs: milliseconds,
    source: z.string(),
    destination: z.string(),
    sourcePort: count.optional(),
    destinationPort: count.optional(),
    icmpId: count.optional(),
    ttl: count.optional(),
    /** The capture it was seen in (evidence id), and its number there. */
    capture: z.string().optional(),
    packetNumber: count.optional(),
  })
  .meta({ id: 'TranslationRow' })

/** The fields of a row that NAT may change. */
export const translatedFields = ['source', 'destination', 'sourcePort', 'destinationPort', 'icmpId'] as const

const translationSchema = z
  .object({
    kind: z.literal('translation'),
    ...common,
    protocol: z.string().optional(),
    /** The same packet at each capture point, in the order in which it passed them. */
    rows: list(translationRowSchema),
    /** The answer to it, in the order in which it passed the capture points. */
    replyRows: list(translationRowSchema).optional(),
    changed: list(z.enum(translatedFields)),
    /** What shows that the rows are the same packet, for instance `payload nonce 7f3a…, ICMP sequence 1`. */
    invariant: z.string(),
    /** The conntrack entry that joins the two tuples. */
    conntrack: z.string().optional(),
    /** The rule that did it, with its counter delta. */
    rule: z.string().optional(),
  })
  .meta({ id: 'TranslationEvidence', description: 'One packet before and after NAT.' })

const ruleRowSchema = z
  .object({
    chain: z.string(),
    /** The position in the chain, from 1. */
    number: count,
    rule: z.string(),
    packets: count,
    bytes: count,
    packetsDelta: z.int().optional(),
    bytesDelta: z.int().optional(),
    /** Whether the counter moved. */
    changed: z.boolean().optional(),
  })
  .meta({ id: 'RuleRow' })

const rulesetSchema = z
  .object({
    kind: z.literal('ruleset'),
    ...common,
    host: hostName,
    family: z.literal([4, 6]),
    table: z.string(),
    chain: z.string().optional(),
    beforeFile: relativePath.optional(),
    beforeSha256: sha256.optional(),
    afterFile: relativePath.optional(),
    afterSha256: sha256.optional(),
    rows: list(ruleRowSchema),
    /** Why the delta cannot be used, for instance that the chain was rewritten in between. */
    void: z.string().optional(),
  })
  .meta({ id: 'RulesetEvidence', description: 'Rules with their counters, and how far these moved.' })

const listingSchema = z
  .object({
    kind: z.literal('listing'),
    ...common,
    rows: list(
      z.object({
        documented: z.string().optional(),
        observed: z.string().optional(),
        equal: z.boolean(),
        note: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'ListingEvidence', description: 'What the document shows, line by line beside what was observed.' })

const transcriptSchema = z
  .object({
    kind: z.literal('transcript'),
    ...common,
    entries: list(
      z.object({
        host: hostName,
        atMs: milliseconds,
        argv: list(z.string()),
        /** The command as a person can paste it. */
        command: z.string(),
        exitCode: z.int().nullable(),
        signal: z.string().optional(),
        durationMs: milliseconds,
        /** When it was cut, it ends with a note that says so. */
        stdout: z.string(),
        stderr: z.string(),
      }),
    ),
  })
  .meta({ id: 'TranscriptEvidence', description: 'Commands that were run, and what they printed.' })

const timelineSchema = z
  .object({
    kind: z.literal('timeline'),
    ...common,
    entries: list(
      z.object({
        atMs: milliseconds,
        what: z.string(),
        detail: z.string().optional(),
        /** Entries of one lane are drawn on one line, for instance the packets of one kind; those of none are moments for all. */
        lane: z.string().optional(),
        tone: z.enum(['good', 'bad', 'neutral']).optional(),
      }),
    ),
  })
  .meta({ id: 'TimelineEvidence', description: 'What happened when.' })

const matrixSchema = z
  .object({
    kind: z.literal('matrix'),
    ...common,
    /** One probe each: who (`from`) tried to reach what (`to`). */
    cells: list(
      z.object({
        from: z.string(),
        to: z.string(),
        expected: z.string().optional(),
        outcome: z.string(),
        asExpected: z.boolean(),
        note: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'MatrixEvidence', description: 'Probes from each to each, with the outcome that was expected.' })

const traceSchema = z
  .object({
    kind: z.literal('trace'),
    ...common,
    host: hostName,
    packet: z.string(),
    rows: list(
      z.object({
        hook: z.string().optional(),
        table: z.string(),
        chain: z.string(),
        rule: z.string().optional(),
        /** For instance `continue`, `return`, `accept`, `drop`, or `jump CHAIN`. */
        action: z.string(),
      }),
    ),
  })
  .meta({ id: 'TraceEvidence', description: 'The hooks, chains and rules that one packet traversed, in order.' })

const drawingStyle = z.enum(['plain', 'dim', 'strong', 'flow', 'good', 'bad', 'unsure']).optional()

const coordinate = z.number()

const drawingSchema = z
  .object({
    kind: z.literal('drawing'),
    ...common,
    width: coordinate,
    height: coordinate,
    /** Drawn in this order. Coordinates begin at the upper left corner. */
    shapes: list(
      z.discriminatedUnion('shape', [
        z.object({
          shape: z.literal('box'),
          x: coordinate,
          y: coordinate,
          width: coordinate,
          height: coordinate,
          style: drawingStyle,
        }),
        z.object({
          shape: z.literal('line'),
          points: list(z.object({ x: coordinate, y: coordinate })),
          arrow: z.boolean().optional(),
          style: drawingStyle,
        }),
        z.object({
          shape: z.literal('text'),
          x: coordinate,
          y: coordinate,
          text: z.string(),
          anchor: z.enum(['start', 'middle', 'end']).optional(),
          style: drawingStyle,
        }),
        /** A number in a circle. */
        z.object({ shape: z.literal('step'), x: coordinate, y: coordinate, label: z.string(), style: drawingStyle }),
      ]),
    ),
    /** What the numbers, or the lines, stand for. */
    legend: list(z.object({ label: z.string(), text: z.string(), style: drawingStyle })),
  })
  .meta({ id: 'DrawingEvidence', description: 'A picture of what was found, of boxes, lines and texts.' })

const textSchema = z
  .object({
    kind: z.literal('text'),
    ...common,
    text: z.string(),
    file: relativePath.optional(),
    sha256: sha256.optional(),
  })
  .meta({ id: 'TextEvidence' })

export const evidenceSchema = z
  .discriminatedUnion('kind', [
    captureSchema,
    translationSchema,
    rulesetSchema,
    listingSchema,
    transcriptSchema,
    timelineSchema,
    matrixSchema,
    traceSchema,
    drawingSchema,
    textSchema,
  ])
  .meta({ id: 'Evidence' })

export type Verdict = z.infer<typeof verdictSchema>
export type Evidence = z.infer<typeof evidenceSchema>
export type CaptureEvidence = z.infer<typeof captureSchema>
export type PacketRow = z.infer<typeof packetRowSchema>
export type TranslationEvidence = z.infer<typeof translationSchema>
export type TranslationRow = z.infer<typeof translationRowSchema>
export type TranslatedField = (typeof translatedFields)[number]
export type RulesetEvidence = z.infer<typeof rulesetSchema>
export type RuleRow = z.infer<typeof ruleRowSchema>
export type ListingEvidence = z.infer<typeof listingSchema>
export type TranscriptEvidence = z.infer<typeof transcriptSchema>
export type TimelineEvidence = z.infer<typeof timelineSchema>
export type TimelineEntry = TimelineEvidence['entries'][number]
export type MatrixEvidence = z.infer<typeof matrixSchema>
export type TraceEvidence = z.infer<typeof traceSchema>
export type DrawingEvidence = z.infer<typeof drawingSchema>
export type TextEvidence = z.infer<typeof textSchema>
