import type { V1Volume } from '@kubernetes/client-node'
import type { Problems } from '../problems.ts'
import type { Wire } from '../wire.ts'

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** One source per volume, with what that source needs. */
export function validateVolume(volume: Wire<V1Volume>, path: string, problems: Problems): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name')
  if (sources.length === 0) problems.required(path, 'must specify a volume type')
  for (const source of sources.slice(1))
    problems.forbidden(`${path}.${source}`, 'may not specify more than 1 volume type')
  const { configMap, secret, hostPath } = volume
  if (configMap !== undefined && (configMap.name ?? '') === '') problems.required(`${path}.configMap.name`)
  if (secret !== undefined && (secret.secretName ?? '') === '') problems.required(`${path}.secret.secretName`)
  if (hostPath !== undefined) {
    if ((hostPath.path ?? '') === '') problems.required(`${path}.hostPath.path`)
    else if (hostPath.path.split('/').includes('..'))
      problems.invalid(`${path}.hostPath.path`, hostPath.path, "must not contain '..'")
    if (!hostPathTypes.includes(hostPath.type ?? '')) {
      problems.notSupported(`${path}.hostPath.type`, hostPath.type, hostPathTypes)
    }
  }
  for (const [field, source] of [
    ['configMap', configMap],
    ['secret', secret],
  ] as const) {
    for (const [index, item] of (source?.items ?? []).entries()) {
      const at = `${path}.${field}.items[${index}]`
      if ((item.key ?? '') === '') problems.required(`${at}.key`)
      if ((item.path ?? '') === '') problems.required(`${at}.path`)
      else if (item.path.startsWith('/')) problems.invalid(`${at}.path`, item.path, 'must be a relative path')
      else if (item.path.split('/').includes('..')) problems.invalid(`${at}.path`, item.path, "must not contain '..'")
    }
  }
}
