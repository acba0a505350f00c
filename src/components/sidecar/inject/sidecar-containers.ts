import type { V1Container, V1EnvVar, V1Probe } from '@kubernetes/client-node'
import { imagePins } from '../../../images/pins.ts'
import type { CaptureSettings } from './capture-annotations.ts'
import { staticBootstrap } from './static-bootstrap.ts'

export const initContainerName = 'istio-init'
export const proxyContainerName = 'istio-proxy'

/** As Istio 1.30 names it; on an embedded cluster the built-in agents stand for it. */
export const upstreamProxyImage = `${imagePins['istio-proxy'].repository}:${imagePins['istio-proxy'].tag}`

/** Istio's group of the proxy, and its user but for TPROXY. */
const proxyId = 1337

/** Writes the rules, once, before the app starts. It alone may: root with NET_ADMIN and NET_RAW, and nothing else. */
export function initContainer(image: string, capture: CaptureSettings): V1Container {
  return {
    name: initContainerName,
    image,
    args: [...agentWords(image), 'istio-iptables', ...capture.arguments],
    ...(capture.environment.length > 0 && { env: [...capture.environment] }),
    resources: resources(),
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
      readOnlyRootFilesystem: false,
      runAsGroup: 0,
      runAsNonRoot: false,
      runAsUser: 0,
    },
  }
}

/** The proxy: user and group 1337; under TPROXY root, of the same group, because it sends from addresses of others. */
/** @param isStatic Envoy by itself, without istiod to configure it */
export function proxyContainer(image: string, capture: CaptureSettings, isStatic: boolean): V1Container {
  const { environment, mode, readiness } = capture
  const isTproxy = mode === 'TPROXY'
  return {
    name: proxyContainerName,
    image,
    ...(isStatic
      ? { command: ['/usr/local/bin/envoy'], args: ['--config-yaml', staticBootstrap(capture)] }
      : { args: [...agentWords(image), 'proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'] }),
    env: [
      fromField('POD_NAME', 'metadata.name'),
      fromField('POD_NAMESPACE', 'metadata.namespace'),
      fromField('INSTANCE_IP', 'status.podIP'),
      { name: 'ISTIO_META_INTERCEPTION_MODE', value: mode },
      ...environment,
    ],
    ports: [{ containerPort: 15_090, name: 'http-envoy-prom', protocol: 'TCP' }],
    startupProbe: { httpGet: health(), periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 },
    readinessProbe: { httpGet: health(), timeoutSeconds: 3, ...readiness },
    resources: resources(),
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { ...(isTproxy && { add: ['NET_ADMIN'] }), drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: proxyId,
      runAsNonRoot: !isTproxy,
      runAsUser: isTproxy ? 0 : proxyId,
    },
  }
}

/** This project's image is called with the name of an agent first; Istio's is that agent. */
function agentWords(image: string): readonly string[] {
  return isOwnImage(image) ? ['pilot-agent'] : []
}

/** Whether the built-in proxy is in the image, which needs no istiod. */
export function isOwnImage(image: string): boolean {
  return /(^|\/)packetproof\/agent([:@]|$)/.test(image)
}

function health(): NonNullable<V1Probe['httpGet']> {
  return { path: '/healthz/ready', port: 15_021 }
}

function fromField(name: string, fieldPath: string): V1EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}

function resources(): NonNullable<V1Container['resources']> {
  return { requests: { cpu: '10m', memory: '40Mi' } }
}
