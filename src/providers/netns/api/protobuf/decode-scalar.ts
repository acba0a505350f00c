import type { Field } from '../schema/model.ts'
import type { Json } from '../wire.ts'
import { readWireFields } from './wire-reader.ts'

/** Fields that are pointers in Go: their zero is a value that the user gave. By name, which is the same wherever they occur. */
const pointerNumbers = new Set(
  (
    'replicas revisionHistoryLimit progressDeadlineSeconds terminationGracePeriodSeconds gracePeriodSeconds runAsUser ' +
    'runAsGroup fsGroup defaultMode mode activeDeadlineSeconds priority tolerationSeconds deletionGracePeriodSeconds ' +
    'leaseDurationSeconds leaseTransitions'
  ).split(' '),
)
const plainFlags = new Set(
  'hostNetwork hostPID hostIPC stdin stdinOnce tty readOnly unschedulable paused publishNotReadyAddresses'.split(' '),
)

/** Whether a field would be left out of the JSON: Go's zero of a field that is not a pointer. */
export function isZero(name: string, value: Json, { required }: Field): boolean {
  if (required === true) return false
  if (value === '') return true
  if (value === 0) return !pointerNumbers.has(name)
  return value === false && plainFlags.has(name)
}

/** A scalar of the schema from its protobuf form; null for a time that is not set. */
export function decodeProtobufScalar(type: string, value: bigint | Buffer): Json {
  if (typeof value === 'bigint') return type === 'boolean' ? value !== 0n : Number(BigInt.asIntN(64, value))
  switch (type) {
    case 'string':
      return value.toString('utf8')
    case 'bytes':
      return value.toString('base64')
    case 'double':
      return value.length === 8 ? value.readDoubleLE() : value.readFloatLE()
    case 'time':
    case 'microtime':
      return decodeTime(value, type === 'microtime')
    case 'quantity':
      return new Map(readWireFields(value)).get(1)?.toString() ?? '0'
    case 'intstr':
      return decodeIntOrString(value)
    default:
      return decodeRaw(value)
  }
}

function decodeTime(bytes: Buffer, isMicro: boolean): Json {
  const fields = new Map(readWireFields(bytes))
  const seconds = fields.get(1)
  if (typeof seconds !== 'bigint') return null
  const nanos = fields.get(2)
  const base = new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString().slice(0, 19)
  const micros = typeof nanos === 'bigint' ? nanos / 1000n : 0n
  return isMicro ? `${base}.${micros.toString().padStart(6, '0')}Z` : `${base}Z`
}

function decodeIntOrString(bytes: Buffer): Json {
  const fields = new Map(readWireFields(bytes))
  const [kind, number, text] = [fields.get(1), fields.get(2), fields.get(3)]
  if (kind === 1n) return Buffer.isBuffer(text) ? text.toString() : ''
  return typeof number === 'bigint' ? Number(BigInt.asIntN(32, number)) : 0
}

/** RawExtension and FieldsV1: JSON inside protobuf. */
function decodeRaw(bytes: Buffer): Json {
  const raw = new Map(readWireFields(bytes)).get(1)
  return Buffer.isBuffer(raw) && raw.length > 0 ? (JSON.parse(raw.toString()) as Json) : {}
}
