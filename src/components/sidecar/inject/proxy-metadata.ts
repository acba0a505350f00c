import { createRequire } from 'node:module'
import type { V1EnvVar } from '@kubernetes/client-node'
import { invalidInput, messageOf } from '../../../errors.ts'

const key = 'proxy.istio.io/config'

/**
 * The environment that a pod gives both of its sidecar's containers: `proxyMetadata` of its proxy configuration, for instance
 * `ISTIO_DUAL_STACK: "true"`.
 * @throws PacketproofError E_INVALID_INPUT that names the annotation.
 */
export function readProxyMetadata(annotations: Readonly<Record<string, string>> = {}): readonly V1EnvVar[] {
  const text = annotations[key]
  if (text === undefined || text.trim() === '') return []
  const config = parseConfig(text)
  const metadata = isRecord(config) ? (config['proxyMetadata'] ?? {}) : undefined
  if (!isRecord(metadata))
    throw invalidInput(`annotation ${key}: expected a mapping, with a mapping proxyMetadata in it`)
  return Object.entries(metadata).map(([name, value]) => {
    if (typeof value === 'string') return { name, value }
    throw invalidInput(
      `annotation ${key}: proxyMetadata.${name}: expected a text in quotes, not ${JSON.stringify(value)}`,
    )
  })
}

function parseConfig(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // YAML, then. Its library is loaded for such a pod alone: a cluster starts without it.
    const { parse } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
    try {
      return parse(text)
    } catch (error) {
      throw invalidInput(`annotation ${key}: ${messageOf(error)}`, { cause: error })
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
