// Old syntax on purpose: this file must load on the very versions that it turns away.

export const requiredNode = '20.19'

/** @param {string} version for instance `20.20.2` */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [requiredMajor = 0, requiredMinor = 0] = requiredNode.split('.').map(Number)
  return major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)
}
