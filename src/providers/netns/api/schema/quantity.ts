const QUANTITY = /^[+-]?(\d+|\d+\.\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/

/** What the API says of anything that is not a quantity (k8s.io/apimachinery/pkg/api/resource). */
export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** Whether the text is a resource quantity such as `100m`, `1.5` or `64Mi`. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text)
}
