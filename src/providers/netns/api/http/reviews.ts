import { isJsonObject, type Json, type JsonObject } from '../wire.ts'

/** The cluster's one user may do everything. */
const answers: Readonly<Record<string, JsonObject>> = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': {
    allowed: true,
    reason: 'the owner of this cluster may do everything',
  },
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': {
    incomplete: false,
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  },
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': {
    userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
  },
}

/** Whether the path takes reviews (`kubectl auth can-i`, `kubectl auth whoami`). */
export function isReviewPath(path: string): boolean {
  return Object.hasOwn(answers, path)
}

/** The review that was sent, with its status. */
export function answerReview(path: string, review: Json | undefined): JsonObject {
  return { ...(isJsonObject(review) ? review : {}), status: answers[path] ?? {} }
}
