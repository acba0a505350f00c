import type { IntOrString } from '@kubernetes/client-node'
import type { KubeObject } from './types.ts'

/** A client model as JSON carries it: times are strings, and `_from` (a reserved word to the generator) is `from`. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends IntOrString
      ? T
      : T extends object
        ? { [Key in keyof T as Key extends `_${infer Plain}` ? Plain : Key]: Wire<T[Key]> }
        : T

/** A client model (`V1Pod`) as the store holds it: with its type and the metadata that the server fills in. */
export type Stored<T> = KubeObject & Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'>

/** As `Stored`, where the API demands a spec. */
export type WithSpec<T extends { spec?: unknown }> = Stored<T> & { spec: NonNullable<Wire<T>['spec']> }

/** Parsed JSON whose shape is not known. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
