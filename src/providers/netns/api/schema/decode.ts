import { isJsonObject, type JsonObject } from '../wire.ts'
import { decodeScalar, goKindOf } from './decode-scalar.ts'
import { type Field, fieldOf, type Model, modelOf, structNameOf } from './model.ts'

/** A value whose JSON type does not fit its field, in the words of Go's JSON decoder. */
export class DecodeError extends Error {}

interface Decoded {
  /** A copy with only the fields that the model has, and without nulls. */
  readonly object: JsonObject
  /** Paths of what was left out, as `strict decoding error` lists them. */
  readonly unknownFields: readonly string[]
}

interface Place {
  /** With indexes, for unknown fields: `spec.containers[0].foo`. */
  readonly path: string
  /** Without them, as Go names struct fields: `spec.containers.ports`. */
  readonly goPath: string
  /** The innermost Go struct. */
  readonly struct: string
}

/**
 * Reads JSON as a model.
 * @throws DecodeError for a value of the wrong type.
 */
export function decodeModel(type: string, value: unknown): Decoded {
  const model = modelOf(type)
  if (model === undefined) throw new Error(`no model ${type}`)
  const unknownFields: string[] = []
  const struct = structNameOf(type)
  const object = readModel(model, type, value, { path: '', goPath: '', struct }, unknownFields)
  return { object, unknownFields }
}

function readModel(model: Model, type: string, value: unknown, place: Place, unknown: string[]): JsonObject {
  if (!isJsonObject(value)) throw typeError(value, place, `v1.${structNameOf(type)}`)
  const out: JsonObject = {}
  const struct = structNameOf(type)
  for (const [name, item] of Object.entries(value)) {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const field = fieldOf(model, name)
    if (field === undefined) {
      unknown.push(path)
      continue
    }
    if (item === null) continue
    const goPath = place.goPath === '' ? name : `${place.goPath}.${name}`
    const read = readField(field, item, { path, goPath, struct }, unknown)
    if (read !== undefined) out[name] = read as JsonObject
  }
  return out
}

function readField(field: Field, value: unknown, place: Place, unknown: string[]): unknown {
  if (field.of === 'list') return readList(field.type, value, place, unknown)
  if (field.of === 'map' || field.of === 'map-of-lists') return readMap(field, value, place, unknown)
  return readItem(field.type, value, place, unknown)
}

function readList(type: string, value: unknown, place: Place, unknown: string[]): unknown[] {
  if (!Array.isArray(value)) throw typeError(value, place, `[]${goTypeOf(type)}`)
  return value.map((item: unknown, index) =>
    readItem(type, item ?? zeroOf(type), { ...place, path: `${place.path}[${index}]` }, unknown),
  )
}

function readMap(field: Field, value: unknown, place: Place, unknown: string[]): JsonObject {
  if (!isJsonObject(value)) {
    throw typeError(value, place, field.type === 'quantity' ? 'v1.ResourceList' : `map[string]${goTypeOf(field.type)}`)
  }
  const out: JsonObject = {}
  for (const [key, item] of Object.entries(value)) {
    const at = { ...place, path: `${place.path}.${key}` }
    const read =
      field.of === 'map-of-lists'
        ? readList(field.type, item ?? [], at, unknown)
        : readItem(field.type, item ?? zeroOf(field.type), at, unknown)
    out[key] = read as JsonObject
  }
  return out
}

function readItem(type: string, value: unknown, place: Place, unknown: string[]): unknown {
  const model = modelOf(type)
  if (model !== undefined) return readModel(model, type, value, place, unknown)
  const read = decodeScalar(type, value)
  if (read.ok) return read.value
  throw read.error === undefined ? typeError(value, place, goTypeOf(type)) : new DecodeError(read.error)
}

const zeroOf = (type: string): unknown =>
  modelOf(type) !== undefined
    ? {}
    : type === 'any'
      ? null
      : type === 'boolean'
        ? false
        : type.startsWith('int')
          ? 0
          : ''

function goTypeOf(type: string): string {
  if (modelOf(type) !== undefined) return `v1.${structNameOf(type)}`
  return goKindOf(type)
}

function typeError(value: unknown, place: Place, goType: string): DecodeError {
  const kind = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
  const what = kind === 'number' && goType.startsWith('int') ? `number ${String(value)}` : kind
  const where = place.goPath === '' ? 'Go value' : `Go struct field ${place.struct}.${place.goPath}`
  return new DecodeError(`json: cannot unmarshal ${what} into ${where} of type ${goType}`)
}
