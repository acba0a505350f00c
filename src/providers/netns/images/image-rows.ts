import type { ImageProgram, ImageRow } from './image-program.ts'
import type { ImageReference } from './image-reference.ts'
import { type ImageTools, standardPath } from './image-tools.ts'

/** Where a container of a busybox-based image sees the applets. */
const appletsTarget = '/.packetproof/applets'

const repositories =
  (...names: readonly string[]) =>
  (reference: ImageReference): boolean =>
    names.includes(reference.repository)

function withApplets(tools: ImageTools): Pick<ImageProgram, 'environment' | 'mounts'> {
  return {
    environment: { PATH: `${appletsTarget}:${standardPath}` },
    mounts: [{ source: tools.appletsPath(), target: appletsTarget, readOnly: true }],
  }
}

const busybox: ImageRow = {
  title: 'busybox',
  matches: repositories('docker.io/library/busybox', 'registry.k8s.io/e2e-test-images/busybox'),
  program: (tools) => ({
    imageId: 'packetproof://busybox',
    entrypoint: [],
    defaultArguments: ['sh'],
    ...withApplets(tools),
  }),
}

const pause: ImageRow = {
  title: 'registry.k8s.io/pause',
  matches: repositories('registry.k8s.io/pause', 'k8s.gcr.io/pause'),
  program: (tools) => {
    const script = tools.wrapper('pause', [`${appletsTarget}/sleep`, '2147483647'])
    const { environment, mounts } = withApplets(tools)
    return {
      imageId: 'packetproof://pause',
      entrypoint: ['/pause'],
      defaultArguments: [],
      environment,
      mounts: [...mounts, { source: script, target: '/pause', readOnly: true }],
    }
  },
}

const agnhost: ImageRow = {
  title: 'registry.k8s.io/e2e-test-images/agnhost',
  matches: repositories('docker.io/library/agnhost', 'registry.k8s.io/e2e-test-images/agnhost'),
  program: (tools) => {
    const program = tools.nodeProgram('dist/src/providers/netns/images/agnhost/main.js')
    const { environment, mounts } = withApplets(tools)
    return {
      imageId: 'packetproof://agnhost',
      entrypoint: ['/agnhost'],
      defaultArguments: ['pause'],
      environment,
      mounts: [...mounts, { source: tools.wrapper('agnhost', program), target: '/agnhost', readOnly: true }],
    }
  },
}

const server: ImageRow = {
  title: 'packetproof/server',
  matches: repositories('docker.io/packetproof/server'),
  program: (tools) => ({
    imageId: 'packetproof://server',
    entrypoint: tools.nodeProgram('dist/src/providers/netns/images/server/main.js'),
    defaultArguments: [],
    environment: { PATH: standardPath },
    mounts: [],
  }),
}

const agent: ImageRow = {
  title: 'packetproof/agent',
  matches: repositories('docker.io/packetproof/agent'),
  program: (tools) => ({
    imageId: 'packetproof://agent',
    entrypoint: [...tools.nodeProgram('bin/packetproof.mjs'), 'agent'],
    defaultArguments: [],
    environment: { PATH: standardPath },
    mounts: [],
  }),
}

/** The programs of the machine are the tools. */
const tools: ImageRow = {
  title: 'packetproof/tools',
  matches: repositories('docker.io/packetproof/tools'),
  program: () => ({
    imageId: 'packetproof://tools',
    entrypoint: [],
    defaultArguments: ['sh'],
    environment: { PATH: standardPath },
    mounts: [],
  }),
}

const kubernetesRegistries = new Set(['registry.k8s.io', 'k8s.gcr.io', 'gke.gcr.io', 'gcr.io'])

/** An upstream image that one of this project's agents stands for, found in the registries Kubernetes publishes to. */
function builtinAgent(title: string, name: RegExp, agentName: string, upstreamPath: string): ImageRow {
  return {
    title,
    matches: ({ registry, repository }) =>
      kubernetesRegistries.has(registry) && name.test(repository.slice(repository.lastIndexOf('/') + 1)),
    program: (tools) => {
      const program = [...tools.nodeProgram('bin/packetproof.mjs'), 'agent', agentName]
      return {
        imageId: `packetproof://builtin/${agentName}`,
        entrypoint: program,
        defaultArguments: [],
        environment: { PATH: standardPath },
        mounts: [{ source: tools.wrapper(agentName, program), target: upstreamPath, readOnly: true }],
        note: `the builtin ${agentName} agent of packetproof stands for it (packetproof://builtin/${agentName})`,
      }
    },
  }
}

/** Istio's image runs both containers of a sidecar, told apart by their arguments. */
const istioProxy: ImageRow = {
  title: 'docker.io/istio/proxyv2',
  matches: ({ repository }) =>
    /(^|\/)istio\/(release\/)?proxyv2$|^registry\.istio\.io\/(release\/)?proxyv2$/.test(repository),
  program: (tools) => {
    return {
      imageId: 'packetproof://builtin/pilot-agent',
      entrypoint: [...tools.nodeProgram('bin/packetproof.mjs'), 'agent', 'pilot-agent'],
      defaultArguments: [],
      environment: { PATH: standardPath },
      mounts: [],
      note: 'the builtin sidecar of packetproof stands for it (packetproof://builtin/pilot-agent)',
    }
  },
}

/** Every image name that means something. A component that stands for an upstream image adds its row here. */
export const imageRows: readonly ImageRow[] = [
  busybox,
  pause,
  agnhost,
  server,
  agent,
  tools,
  builtinAgent(
    'registry.k8s.io/networking/ip-masq-agent',
    /^ip-masq-agent(?:-[a-z0-9]+)?$/,
    'masquerade',
    '/ip-masq-agent',
  ),
  istioProxy,
]
