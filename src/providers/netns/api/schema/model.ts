import generated from './types.generated.json' with { type: 'json' }

/** One field of a model, with the extensions that patches and apply need. */
export interface Field {
  /** `string`, `boolean`, `int32`, `int64`, `double`, `any`, `time`, `microtime`, `bytes`, `quantity`, `intstr`, or a model. */
  readonly type: string
  readonly of?: 'list' | 'map' | 'map-of-lists'
  readonly required?: true
  /** `patchMergeKey`: how a strategic merge patch tells the items of this list apart. */
  readonly mergeKey?: string
  /** `listMapKey`s: how server-side apply does. */
  readonly mapKeys?: readonly string[]
  readonly mergePrimitive?: true
  readonly set?: true
  readonly atomic?: true
  readonly retainKeys?: true
}

export interface Model {
  /** Owned and replaced as a whole by server-side apply. */
  readonly atomic?: true
  readonly fields: Readonly<Record<string, Field>>
}

const models = generated as unknown as Readonly<Record<string, Model>>

/** The model of that name (`V1PodSpec`); undefined for scalar types. */
export function modelOf(type: string): Model | undefined {
  return Object.hasOwn(models, type) ? models[type] : undefined
}

export function fieldOf(model: Model, name: string): Field | undefined {
  return Object.hasOwn(model.fields, name) ? model.fields[name] : undefined
}

/** The name of the Go struct behind a model: `V1PodSpec` and `CoreV1Event` are `PodSpec` and `Event`. */
export function structNameOf(type: string): string {
  return type.replace(/^[A-Za-z]*V1(?=[A-Z])/, '')
}
