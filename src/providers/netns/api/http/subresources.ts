import { badRequest } from '../status-error.ts'
import type { Handler } from './api-call.ts'
import { handleBinding } from './binding.ts'
import { handleEviction } from './eviction.ts'
import { handleLog } from './log.ts'
import { handleGetScale, handlePatchScale, handleReplaceScale } from './scale.ts'

const scaleHandlers: Readonly<Record<string, Handler>> = {
  GET: handleGetScale,
  PUT: handleReplaceScale,
  PATCH: handlePatchScale,
}

/** `pods/exec` itself is an upgrade, which never gets here. */
const upgradeRequired: Handler = () => {
  throw badRequest('Upgrade request required')
}

/** Handlers of `RESOURCE/SUBRESOURCE` by method. `status` is not here: it takes the ordinary verbs. */
export const subresourceHandlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  'pods/exec': { GET: upgradeRequired, POST: upgradeRequired },
  'pods/log': { GET: handleLog },
  'pods/eviction': { POST: handleEviction },
  'pods/binding': { POST: handleBinding },
  'deployments/scale': scaleHandlers,
  'replicasets/scale': scaleHandlers,
}
