import generated from '../schema/protobuf.generated.json' with { type: 'json' }

/** Field numbers of a message, by field name; `inline` holds those of messages whose fields JSON shows as the parent's. */
interface MessageNumbers {
  readonly numbers: Readonly<Record<string, number>>
  readonly inline?: Readonly<Record<string, MessageNumbers>>
}

/** The other way round: what a number means. */
export interface NumberedMessage {
  readonly names: ReadonlyMap<number, string>
  readonly inline: ReadonlyMap<number, NumberedMessage>
}

const tables = generated as unknown as Readonly<Record<string, MessageNumbers>>
const cache = new Map<string, NumberedMessage>()

export function numberedMessageOf(model: string): NumberedMessage {
  const known = cache.get(model)
  if (known !== undefined) return known
  const made = invert(tables[model] ?? { numbers: {} })
  cache.set(model, made)
  return made
}

function invert({ numbers, inline = {} }: MessageNumbers): NumberedMessage {
  return {
    names: new Map(Object.entries(numbers).map(([name, number]) => [number, name])),
    inline: new Map(Object.entries(inline).map(([number, message]) => [Number(number), invert(message)])),
  }
}
