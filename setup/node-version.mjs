// Old syntax on purpose: this file must load on the very versions that it turns away.

export const requiredNode = '20.19'

/** @param {string} version for instance `20.20.2` */
export function isSupportedNode(version) {
  const [major, minor] = version.split('.').map(Number)
  const [requiredMajor, requiredMinor] = requiredNode.split('.').map(Number)
  return major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)
}
