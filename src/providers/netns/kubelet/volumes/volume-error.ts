/** Why a volume cannot be set up yet; the pod waits, with this in a `FailedMount` event. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
}
