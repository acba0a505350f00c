import { type StatusCause, StatusError } from './status-error.ts'

/**
 * Collects what is wrong with an object, in the words of k8s.io/apimachinery/pkg/util/validation/field.
 * Paths are as users write them: `spec.containers[0].name`.
 */
export class Problems {
  readonly causes: StatusCause[] = []

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, `Required value${detail === '' ? '' : `: ${detail}`}`)
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value ?? null)}: ${detail}`)
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const choices = [...supported].sort().map((choice) => JSON.stringify(choice))
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${choices.join(', ')}`
    this.#add('FieldValueNotSupported', field, message)
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${JSON.stringify(value)}`)
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, `Forbidden: ${detail}`)
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${JSON.stringify(value)}`)
  }

  tooLong(field: string, maxBytes: number): void {
    this.#add('FieldValueTooLong', field, `Too long: may not be more than ${maxBytes} bytes`)
  }

  /** Reports `invalid` with each of the details; none when the list is empty. */
  invalidEach(field: string, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(field, value, detail)
  }

  /** @throws StatusError 422 when anything was reported. */
  throwIfAny(kind: string, group: string, name: string): void {
    if (this.causes.length === 0) return
    const texts = this.causes.map((cause) => `${cause.field}: ${cause.message}`)
    const what = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
    const message = `${group === '' ? kind : `${kind}.${group}`} ${JSON.stringify(name)} is invalid: ${what}`
    const details = { name, ...(group === '' ? {} : { group }), kind, causes: this.causes }
    throw new StatusError(422, 'Invalid', message, details)
  }

  #add(reason: string, field: string, message: string): void {
    this.causes.push({ reason, message, field })
  }
}
