import { type Field, fieldOf, modelOf } from '../schema/model.ts'
import type { Json, JsonObject } from '../wire.ts'
import { decodeProtobufScalar, isZero } from './decode-scalar.ts'
import { type NumberedMessage, numberedMessageOf } from './field-numbers.ts'
import { readWireFields } from './wire-reader.ts'

/**
 * Reads a protobuf message of the Kubernetes API as the JSON of the same object. What Go would leave out of the JSON
 * (`omitempty`) is left out.
 */
export function decodeMessage(model: string, bytes: Buffer): JsonObject {
  const out: JsonObject = {}
  readInto(out, model, numberedMessageOf(model), bytes)
  return out
}

function readInto(out: JsonObject, model: string, message: NumberedMessage, bytes: Buffer): void {
  for (const [number, value] of readWireFields(bytes)) {
    const inline = message.inline.get(number)
    if (inline !== undefined && Buffer.isBuffer(value)) readInto(out, model, inline, value)
    const name = message.names.get(number)
    const field = name === undefined ? undefined : fieldOf(modelOf(model) ?? { fields: {} }, name)
    if (name !== undefined && field !== undefined) addField(out, name, field, value)
  }
}

function addField(out: JsonObject, name: string, field: Field, value: bigint | Buffer): void {
  if (field.of === 'list') {
    const list = out[name]
    const items = Array.isArray(list) ? list : []
    items.push(decodeItem(field.type, value))
    out[name] = items
  } else if (field.of !== undefined && Buffer.isBuffer(value)) {
    const entry = new Map(readWireFields(value))
    const key = entry.get(1)
    const existing = out[name]
    const map = typeof existing === 'object' && existing !== null && !Array.isArray(existing) ? existing : {}
    map[Buffer.isBuffer(key) ? key.toString() : ''] = decodeEntry(field, entry.get(2))
    out[name] = map
  } else {
    const item = decodeItem(field.type, value)
    if (item !== null && !isZero(name, item, field)) out[name] = item
  }
}

function decodeEntry(field: Field, value: bigint | Buffer | undefined): Json {
  if (field.of !== 'map-of-lists') return decodeItem(field.type, value ?? Buffer.alloc(0))
  const items = Buffer.isBuffer(value) ? [...readWireFields(value)] : []
  return items.map(([, item]) => decodeItem(field.type, item))
}

function decodeItem(type: string, value: bigint | Buffer): Json {
  if (modelOf(type) !== undefined && Buffer.isBuffer(value)) return decodeMessage(type, value)
  return decodeProtobufScalar(type, value)
}
