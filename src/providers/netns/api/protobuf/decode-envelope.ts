import { messageOf } from '../../../../errors.ts'
import { apiVersionOf } from '../resources/definition.ts'
import { resourceDefinitions } from '../resources/registry.ts'
import { badRequest } from '../status-error.ts'
import type { JsonObject } from '../wire.ts'
import { decodeMessage } from './decode-message.ts'
import { readWireFields } from './wire-reader.ts'

/** How every protobuf body of the Kubernetes API begins. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** Kinds that are sent and are not resources, which any group version may carry. */
const otherModels: Readonly<Record<string, string>> = {
  DeleteOptions: 'V1DeleteOptions',
  Eviction: 'V1Eviction',
  Binding: 'V1Binding',
  Scale: 'V1Scale',
  SelfSubjectAccessReview: 'V1SelfSubjectAccessReview',
  SelfSubjectRulesReview: 'V1SelfSubjectRulesReview',
  SelfSubjectReview: 'V1SelfSubjectReview',
}

/**
 * Reads a request body of type `application/vnd.kubernetes.protobuf`: the magic bytes and a `runtime.Unknown` with the
 * apiVersion, the kind and the object.
 * @throws StatusError 400
 */
export function decodeEnvelope(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, 4).equals(MAGIC)) {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  try {
    const unknown = new Map(readWireFields(bytes.subarray(4)))
    const [type, raw] = [unknown.get(1), unknown.get(2)]
    const meta = new Map(Buffer.isBuffer(type) ? readWireFields(type) : [])
    const [apiVersion, kind] = [String(meta.get(1) ?? ''), String(meta.get(2) ?? '')]
    const definition = resourceDefinitions.find(
      (candidate) => candidate.kind === kind && apiVersionOf(candidate) === apiVersion,
    )
    const model = definition?.model ?? otherModels[kind]
    if (model === undefined) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`)
    return { apiVersion, kind, ...decodeMessage(model, Buffer.isBuffer(raw) ? raw : Buffer.alloc(0)) }
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw badRequest(messageOf(error))
    throw error
  }
}
