import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { loadManifests } from '../../cluster/load-manifests.ts'
import { invalidInput, messageOf } from '../../errors.ts'
import { parseRuleset } from '../../ruleset/parse-ruleset.ts'
import type { ServiceProxyFlags } from './flags.ts'
import { proxyOptionsOf } from './options.ts'
import { planChanges } from './plan.ts'
import { type ProxiedObjects, renderTables } from './render-tables.ts'
import { type IpFamily, servicePortsOf } from './service-port.ts'

/**
 * The payload that an agent would apply on a node that has nothing yet, one for each address family that Services have.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the place in it and what was expected.
 */
export async function dryRunServiceProxy(flags: ServiceProxyFlags): Promise<string> {
  const objects = await loadObjects(flags.files)
  const nothing = parseRuleset('', { source: 'nothing', allowEmpty: true })
  const families = ([4, 6] as const).filter((family) => family === 4 || hasFamily(objects, family))
  const payloads = families.map((family) => {
    const tables = renderTables(objects, family, proxyOptionsOf(flags, flags.nodeName ?? '', [], family))
    return `# ${family === 4 ? 'iptables' : 'ip6tables'}-restore --noflush\n${planChanges(tables, nothing)}`
  })
  return payloads.join('\n')
}

function hasFamily({ services }: ProxiedObjects, family: IpFamily): boolean {
  return [...services].some((service) => servicePortsOf(service, family).length > 0)
}

async function loadObjects(files: readonly string[]): Promise<ProxiedObjects> {
  const loaded = (await Promise.all(files.map(loadManifests))).flat()
  const services: V1Service[] = []
  const slices: V1EndpointSlice[] = []
  for (const { object, place } of loaded) {
    if (object.kind === 'Service') {
      const service = object as V1Service
      try {
        if (!hasClusterIp(service)) throw invalidInput('it has no clusterIP, which the API server would have given it')
        for (const family of [4, 6] as const) servicePortsOf(service, family)
      } catch (cause) {
        throw invalidInput(`${place}: ${messageOf(cause)}`, { cause })
      }
      services.push(service)
    } else if (object.kind === 'EndpointSlice') slices.push(object as V1EndpointSlice)
  }
  if (services.length === 0) {
    throw invalidInput(`${files.join(', ')}: expected Services and EndpointSlices, found no Service`, {
      hint: 'kubectl get services,endpointslices -A -o yaml shows those of a cluster',
    })
  }
  return { services, slices }
}

function hasClusterIp({ spec }: V1Service): boolean {
  return spec?.type === 'ExternalName' || Boolean(spec?.clusterIP) || (spec?.clusterIPs?.length ?? 0) > 0
}
