import { isDeepStrictEqual } from 'node:util'
import type { Problems } from '../problems.ts'
import type { Pod } from '../resources/pod.ts'

const IMMUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Most of a pod's spec stays as it was made. */
export function validatePodUpdate(pod: Pod, old: Pod, problems: Problems): void {
  const containers = pod.spec.containers ?? []
  if (containers.length !== old.spec.containers.length) {
    problems.forbidden('spec.containers', 'pod updates may not add or remove containers')
    return
  }
  if (!isDeepStrictEqual(immutablePartOf(pod), immutablePartOf(old))) problems.forbidden('spec', IMMUTABLE)
  const kept = (old.spec.tolerations ?? []).every((toleration) =>
    (pod.spec.tolerations ?? []).some((other) => isDeepStrictEqual(other, toleration)),
  )
  if (!kept)
    problems.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
}

function immutablePartOf({ spec }: Pod): unknown {
  const { tolerations: _tolerations, activeDeadlineSeconds: _deadline, ...rest } = spec
  const withoutImage = <T extends { image?: string; imagePullPolicy?: string }>({ image: _image, ...container }: T) =>
    container
  return {
    ...rest,
    containers: spec.containers.map(withoutImage),
    initContainers: (spec.initContainers ?? []).map(withoutImage),
  }
}
