const QUANTITY = /^[+-]?(\d+|\d+\.\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/

/** What the API says of anything that is not a quantity (k8s.io/apimachinery/pkg/api/resource). */
export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** Whether the text is a resource quantity such as `100m`, `1.5` or `64Mi`. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text)
}

/** The canonical form of a plain or milli quantity: `0.5` is `500m`, `1000m` is `1`. Others stay as they are. */
export function canonicalQuantity(text: string): string {
  const match = /^(\d+)(?:\.(\d{1,3}))?(m?)$/.exec(text)
  if (match === null || (match[2] !== undefined && match[3] === 'm')) return text
  const milli = match[3] === 'm' ? Number(match[1]) : Number(match[1]) * 1000 + Number((match[2] ?? '').padEnd(3, '0'))
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}
