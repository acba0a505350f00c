import type { V1Pod } from '../../src/index.ts'
import { serverContainer } from '../../src/index.ts'
import { ECHO_PORT, PORTS } from './world.ts'

/** The document's pod, on host30. */
export const WEB = 'default/web-667bdcb4d8-cpvbb'
/** Its sibling on host31: the pod whose name makes the interface cali1f79f9e08f2 of the document's first listing. */
export const SIBLING = 'default/web-667bdcb4d8-44c2r'
/** From where the document pings. */
export const TESTER = 'default/web-test-74b4dbb994-5zcvq'
/** From where it calls wget. */
export const SHELL = 'default/test-20180'
export const BACKEND = 'myns/backend'
export const FRONTEND = 'myns/frontend'
/** Of the backend's namespace, without a role. */
export const STRANGER = 'myns/stranger'
/** With the frontend's role, in a namespace of user bob. */
export const BOBS_FRONTEND = 'bobs/frontend'
/** In a namespace of nobody's. */
export const VISITOR = 'elsewhere/visitor'

export const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  myns: {},
  bobs: { user: 'bob' },
  elsewhere: { user: 'alice' },
}

/** With a tag: without one, a kubelet asks a registry every time. */
const BUSYBOX = 'busybox:1.37.0'

interface PodPlan {
  readonly key: string
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  readonly address?: string
}

const TEMPLATE_HASH = { 'pod-template-hash': '2236876084' }

export const POD_PLANS: readonly PodPlan[] = [
  { key: WEB, node: 'host30', labels: { app: 'web', ...TEMPLATE_HASH }, address: '10.139.54.158' },
  { key: SIBLING, node: 'host31', labels: { app: 'web' } },
  { key: TESTER, node: 'host31', labels: { app: 'web-test' } },
  { key: SHELL, node: 'host02', labels: { run: 'test-20180' } },
  { key: BACKEND, node: 'host30', labels: { role: 'backend' } },
  { key: FRONTEND, node: 'host31', labels: { role: 'frontend' } },
  { key: STRANGER, node: 'host30', labels: {} },
  { key: BOBS_FRONTEND, node: 'host30', labels: { role: 'frontend' } },
  { key: VISITOR, node: 'host02', labels: {} },
]

/** A pod that serves all ports of the scenario, and echoes lines. */
export function podManifest({ key, labels, address }: PodPlan, nodeName: string, canFixAddress: boolean): V1Pod {
  const [namespace = '', name = ''] = key.split('/')
  const echo = { name: 'echo', image: BUSYBOX, command: ['nc', '-ll', '-p', String(ECHO_PORT), '-e', 'cat'] }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...labels },
      ...(address !== undefined &&
        canFixAddress && { annotations: { 'cni.projectcalico.org/ipAddrs': JSON.stringify([address]) } }),
    },
    spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [serverContainer('server', PORTS), echo] },
  }
}

export const WEB_SERVICE_ADDRESS = '192.168.82.141'

/** The Service of the document; it leads to the pod that the document shows. */
export function webService(clusterIP: string | undefined) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { app: 'web', ...TEMPLATE_HASH },
      ports: [{ port: 80, targetPort: 80 }],
      ...(clusterIP !== undefined && { clusterIP }),
    },
  }
}
