import { canonicalQuantity, isQuantity, QUANTITY_ERROR } from './quantity.ts'

type ScalarResult =
  | { readonly ok: true; readonly value: unknown }
  /** Without an error text the JSON type is the wrong one. */
  | { readonly ok: false; readonly error?: string }

const wrongType: ScalarResult = { ok: false }
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const INT32_MAX = 2 ** 31 - 1

/** Reads one scalar of the generated schema as Go's JSON decoder does. */
export function decodeScalar(type: string, value: unknown): ScalarResult {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? { ok: true, value } : wrongType
    case 'boolean':
      return typeof value === 'boolean' ? { ok: true, value } : wrongType
    case 'int32':
    case 'int64':
      return typeof value === 'number' && Number.isInteger(value) && (type === 'int64' || Math.abs(value) <= INT32_MAX)
        ? { ok: true, value }
        : wrongType
    case 'double':
      return typeof value === 'number' ? { ok: true, value } : wrongType
    case 'intstr':
      return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))
        ? { ok: true, value }
        : wrongType
    case 'time':
    case 'microtime':
      return decodeTime(value)
    case 'bytes':
      return decodeBytes(value)
    case 'quantity':
      return decodeQuantity(value)
    default:
      return { ok: true, value }
  }
}

/** The Go type of a scalar, as decoding errors name it. */
export function goKindOf(type: string): string {
  const names: Readonly<Record<string, string>> = {
    boolean: 'bool',
    double: 'float64',
    bytes: '[]uint8',
    time: 'string',
    microtime: 'string',
    intstr: 'intstr.IntOrString',
    quantity: 'resource.Quantity',
    any: 'interface {}',
  }
  return names[type] ?? type
}

function decodeTime(value: unknown): ScalarResult {
  if (typeof value !== 'string') return wrongType
  if (RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return { ok: true, value }
  const layout = '2006-01-02T15:04:05Z07:00'
  return {
    ok: false,
    error: `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`,
  }
}

function decodeBytes(value: unknown): ScalarResult {
  if (typeof value !== 'string') return wrongType
  const text = value.replaceAll(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]/.exec(text)
  if (bad !== null || text.length % 4 !== 0 || /=[^=]|={3}/.test(text)) {
    return {
      ok: false,
      error: `illegal base64 data at input byte ${bad?.index ?? Math.max(0, text.length - (text.length % 4 || 4))}`,
    }
  }
  return { ok: true, value: text }
}

function decodeQuantity(value: unknown): ScalarResult {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && isQuantity(text.trim())) return { ok: true, value: canonicalQuantity(text.trim()) }
  return typeof value === 'string' ? { ok: false, error: QUANTITY_ERROR } : wrongType
}
