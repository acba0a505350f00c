import { badRequest } from '../status-error.ts'
import { isJsonObject, type Json } from '../wire.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

/**
 * Applies a patch of the given media type; neither argument is changed.
 * @param model of the whole object, for strategic merge patches.
 * @throws StatusError 400 for a patch of the wrong form, 422 for one that does not apply.
 */
export function applyPatch(contentType: string, model: string, target: Json, patch: Json | undefined): Json {
  if (contentType === 'application/json-patch+json') {
    if (!Array.isArray(patch))
      throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
    return applyJsonPatch(target, patch)
  }
  if (!isJsonObject(patch)) {
    const kind = Array.isArray(patch) ? 'array' : typeof patch
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    )
  }
  if (contentType === 'application/merge-patch+json') return applyMergePatch(target, patch)
  return applyStrategicMergePatch(model, target, patch)
}
