import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'

interface KubectlVersion {
  readonly major: number
  readonly minor: number
}

const howToGetIt = 'install it as https://kubernetes.io/docs/tasks/tools/ says'

const installed = findKubectl()

/** For `beforeAll`, which cannot skip: what is prepared for kubectl alone is prepared only when this is true. */
export const hasKubectl = installed !== undefined

/** Skips the test, and says why, where kubectl is not installed. For `beforeEach`. */
export function requireKubectl({ skip }: TestContext): void {
  skip(installed === undefined, `kubectl is not installed: ${howToGetIt}`)
}

/** Skips the test, and says why, where there is no kubectl whose exec speaks WebSocket: one before 1.31 asks for SPDY. */
export function requireKubectlExec(context: TestContext): void {
  requireKubectl(context)
  const isOld = installed !== undefined && installed.major === 1 && installed.minor < 31
  context.skip(isOld, `exec needs kubectl 1.31 or newer, not 1.${installed?.minor}: ${howToGetIt}`)
}

function findKubectl(): KubectlVersion | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' })
  if (status !== 0) return undefined
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { major: string; minor: string } }
  // Some vendors' builds have a minor version such as "27+".
  return { major: Number.parseInt(clientVersion.major, 10), minor: Number.parseInt(clientVersion.minor, 10) }
}
