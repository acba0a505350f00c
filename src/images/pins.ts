import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../helpers/package-root.ts'
import { packageVersion } from '../../helpers/package-version.ts'

const SOURCE_FOLDERS = ['src', 'helpers', 'scenarios', 'tsconfig.json', 'tsconfig.build.json']
const isCheckout = existsSync(join(packageRoot(), 'src'))

/** What the images of this project's own programs are built from. An installed package has `dist`, a checkout what `dist` is made from. */
const programSources = [
  'Dockerfile',
  'package.json',
  'package-lock.json',
  'bin',
  'setup',
  ...(isCheckout ? SOURCE_FOLDERS : ['dist']),
]

/** A container image, fixed. */
export interface ImagePin {
  /** Without tag and digest, with its registry: `quay.io/calico/node`. */
  readonly repository: string
  readonly tag: string
  /** Of the index over all architectures, where it is known. Images of this project are built and have none. */
  readonly digest?: string
  readonly use: string
  /** Runs on Docker itself; every other image is for pods, and is loaded into the nodes. */
  readonly runsOn: 'docker' | 'nodes'
  /** Built from this target of the Dockerfile, and from these files and folders, instead of pulled. */
  readonly target?: string
  readonly sources?: readonly string[]
}

/** A file from the web, fixed by its content. */
export interface FilePin {
  readonly fileName: string
  readonly url: string
  readonly sha256: string
  readonly use: string
}

/** The Kubernetes versions that clusters can be made of: the node images that kind 0.33 was released with. The first is the default. */
export const nodeImages = {
  'v1.37': node('v1.37.0', 'sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5'),
  'v1.36': node('v1.36.4', 'sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed'),
  'v1.35': node('v1.35.8', 'sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0'),
  'v1.34': node('v1.34.11', 'sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d'),
} as const satisfies Record<string, ImagePin>

const istioVersion = '1.30.4'

/** Charts that Helm fetches itself. Their index has no checksum that could be pinned without having fetched them. */
export const istioCharts = {
  repository: 'https://istio-release.storage.googleapis.com/charts',
  version: istioVersion,
  namespace: 'istio-system',
} as const

/** The one list of what this project takes from registries, by a short name. */
export const imagePins = {
  'kind-node': nodeImages['v1.37'],
  tools: {
    repository: 'docker.io/packetproof/tools',
    tag: packageVersion(),
    use: 'tcpdump, ipset and friends for nodes; outsiders and external hosts',
    runsOn: 'docker',
    target: 'tools',
    sources: ['Dockerfile', 'setup/collect-tools.sh'],
  },
  agent: {
    repository: 'docker.io/packetproof/agent',
    tag: packageVersion(),
    use: 'the builtin agents',
    runsOn: 'nodes',
    target: 'agent',
    sources: programSources,
  },
  server: {
    repository: 'docker.io/packetproof/server',
    tag: packageVersion(),
    use: 'the servers inside pods of a matrix',
    runsOn: 'nodes',
    target: 'server',
    sources: programSources,
  },
  busybox: {
    repository: 'docker.io/library/busybox',
    tag: '1.37.0',
    digest: 'sha256:1487d0af5f52b4ba31c7e465126ee2123fe3f2305d638e7827681e7cf6c83d5e',
    use: 'the programs inside plain pods',
    runsOn: 'nodes',
  },
  agnhost: {
    repository: 'registry.k8s.io/e2e-test-images/agnhost',
    tag: '2.53',
    use: 'servers inside pods',
    runsOn: 'nodes',
  },
  'ip-masq-agent': {
    repository: 'registry.k8s.io/networking/ip-masq-agent',
    tag: 'v2.12.0',
    digest: 'sha256:ea696f45c75fde5d2239b457520bbf2f71465467136d4238e4549d8464b61848',
    use: 'the upstream variant of masquerade',
    runsOn: 'nodes',
  },
  'calico-cni': {
    repository: 'quay.io/calico/cni',
    tag: 'v3.32.1',
    digest: 'sha256:bb1567e3ed81e2e8414e9a68f186e1f7ffd4067a4871a9ae90896793af0190dd',
    use: 'clusters with Calico',
    runsOn: 'nodes',
  },
  'calico-node': {
    repository: 'quay.io/calico/node',
    tag: 'v3.32.1',
    digest: 'sha256:7f874b3f0b540c2b523aea9961ef5e2f43b0af9056a47874c916d6cf348168d3',
    use: 'clusters with Calico',
    runsOn: 'nodes',
  },
  'calico-controllers': {
    repository: 'quay.io/calico/kube-controllers',
    tag: 'v3.32.1',
    digest: 'sha256:18008f781c869376dbbc4dfb1ffe3afb46f7897887d4f20e080c420ac44a6612',
    use: 'clusters with Calico',
    runsOn: 'nodes',
  },
  cilium: {
    repository: 'quay.io/cilium/cilium',
    tag: 'v1.20.2',
    digest: 'sha256:2939231d0d3e3ebddcd80fffa168b7ddcc78fdf0dc864d1c8c126ff523c54f01',
    use: 'clusters with Cilium',
    runsOn: 'nodes',
  },
  'cilium-operator': {
    repository: 'quay.io/cilium/operator-generic',
    tag: 'v1.20.2',
    digest: 'sha256:64d8798350e8569b8e7622563fed6e44dce2625f311e4651b774816516c744fc',
    use: 'clusters with Cilium',
    runsOn: 'nodes',
  },
  'istio-pilot': {
    repository: 'docker.io/istio/pilot',
    tag: istioVersion,
    digest: 'sha256:c236c1df5cc127fe193e5a17d8ece9cdd0dc17c5d89b4e20baf01d464f029dce',
    use: 'clusters with Istio',
    runsOn: 'nodes',
  },
  'istio-proxy': {
    repository: 'docker.io/istio/proxyv2',
    tag: istioVersion,
    digest: 'sha256:43b6aeab7428470d3d0ea6b6f0bc217e5b36df2b279bba337643df48590226d9',
    use: 'clusters with Istio, and the upstream init container and proxy',
    runsOn: 'nodes',
  },
} as const satisfies Record<string, ImagePin>

export type ImageName = keyof typeof imagePins

export const filePins = {
  'calico-manifest': {
    fileName: 'calico-v3.32.1.yaml',
    url: 'https://raw.githubusercontent.com/projectcalico/calico/v3.32.1/manifests/calico.yaml',
    sha256: 'a1df919d9721cf667accdc3e72848911b0cb25cfab7d2478ad0c996302c95744',
    use: 'clusters with Calico',
  },
  'cilium-chart': {
    fileName: 'cilium-1.20.2.tgz',
    url: 'https://helm.cilium.io/cilium-1.20.2.tgz',
    sha256: 'b2afd87b7f75f875f92a14559f14f59b7babbb479d968e3fd625a20bf30ec20e',
    use: 'clusters with Cilium',
  },
} as const satisfies Record<string, FilePin>

function node(tag: string, digest: string): ImagePin {
  return { repository: 'docker.io/kindest/node', tag, digest, use: 'the nodes of kind clusters', runsOn: 'docker' }
}
