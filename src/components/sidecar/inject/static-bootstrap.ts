import type { CaptureSettings } from './capture-annotations.ts'

const type = (name: string): string => `type.googleapis.com/envoy.${name}`
const socket = (address: string, port: number): object => ({ socket_address: { address, port_value: port } })

/**
 * One line for each connection when it has ended, with the members of the built-in proxy's `ConnectionRecord` (Envoy, "Access logging",
 * command operators). A value that is one operator for a number stays a number.
 */
const connectionLog = (direction: 'inbound' | 'outbound'): readonly object[] => [
  {
    name: 'envoy.access_loggers.stdout',
    typed_config: {
      '@type': type('extensions.access_loggers.stream.v3.StdoutAccessLog'),
      log_format: {
        json_format: {
          event: 'connection',
          time: '%START_TIME%',
          direction,
          original: '%DOWNSTREAM_LOCAL_ADDRESS%',
          peer: '%DOWNSTREAM_REMOTE_ADDRESS%',
          local: '%DOWNSTREAM_DIRECT_LOCAL_ADDRESS%',
          source: '%UPSTREAM_LOCAL_ADDRESS%',
          target: '%UPSTREAM_HOST%',
          bytesReceived: '%BYTES_RECEIVED%',
          bytesSent: '%BYTES_SENT%',
          durationMs: '%DURATION%',
        },
      },
    },
  },
]

/**
 * Envoy without istiod: what is intercepted is passed on to where it was bound for, inbound from 127.0.0.6 as Istio's
 * InboundPassthroughCluster does (istio/istio, pilot/pkg/networking/core), or from the client's own address under TPROXY. It knows no
 * endpoints: a connection to a Service is left to kube-proxy.
 */
export function staticBootstrap({ mode, environment }: CaptureSettings): string {
  const isDualStack = environment.some(({ name, value }) => name === 'ISTIO_DUAL_STACK' && value === 'true')
  const isTransparent = mode === 'TPROXY'
  return JSON.stringify({
    static_resources: {
      listeners: [
        interceptor('virtualOutbound', 15_001, 'OUTBOUND', { isDualStack, isTransparent: false }),
        interceptor('virtualInbound', 15_006, 'INBOUND', { isDualStack, isTransparent }),
        healthListener(isDualStack),
      ],
      clusters: [passthrough('OUTBOUND'), passthrough('INBOUND', isTransparent ? undefined : isDualStack)],
    },
  })
}

type Direction = 'INBOUND' | 'OUTBOUND'

const clusterOf = (direction: Direction): string =>
  direction === 'INBOUND' ? 'InboundPassthroughCluster' : 'PassthroughCluster'

function bound(port: number, isDualStack: boolean): object {
  return {
    address: socket('0.0.0.0', port),
    ...(isDualStack && { additional_addresses: [{ address: socket('::', port) }] }),
  }
}

function interceptor(
  name: string,
  port: number,
  direction: Direction,
  { isDualStack, isTransparent }: { readonly isDualStack: boolean; readonly isTransparent: boolean },
): object {
  const filter = (kind: string, message: string, more: object = {}): object => ({
    name: `envoy.filters.listener.${kind}`,
    typed_config: { '@type': type(`extensions.filters.listener.${kind}.v3.${message}`), ...more },
  })
  return {
    name,
    ...bound(port, isDualStack),
    traffic_direction: direction,
    ...(isTransparent && { transparent: true }),
    listener_filters: [
      filter('original_dst', 'OriginalDst'),
      // The mark by which the rules know the proxy's own packets again.
      ...(isTransparent ? [filter('original_src', 'OriginalSrc', { mark: 1337 })] : []),
    ],
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.tcp_proxy',
            typed_config: {
              '@type': type('extensions.filters.network.tcp_proxy.v3.TcpProxy'),
              stat_prefix: clusterOf(direction),
              cluster: clusterOf(direction),
              access_log: connectionLog(direction === 'INBOUND' ? 'inbound' : 'outbound'),
            },
          },
        ],
      },
    ],
  }
}

/** @param fromPassthrough whether it connects from 127.0.0.6, and from ::6 as well; undefined: from whatever address is its own */
function passthrough(direction: Direction, fromPassthrough?: boolean): object {
  const name = clusterOf(direction)
  const extra = fromPassthrough === true ? { extra_source_addresses: [{ address: anyPort('::6') }] } : {}
  return {
    name,
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    connect_timeout: '10s',
    ...(fromPassthrough !== undefined && {
      upstream_bind_config: { source_address: anyPort('127.0.0.6'), ...extra },
    }),
  }
}

const anyPort = (address: string): object => ({ address, port_value: 0 })

/** What the kubelet asks; istio-agent answers it otherwise. */
function healthListener(isDualStack: boolean): object {
  const route = { match: { path: '/healthz/ready' }, direct_response: { status: 200 } }
  return {
    name: 'health',
    ...bound(15_021, isDualStack),
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
              stat_prefix: 'health',
              route_config: { virtual_hosts: [{ name: 'health', domains: ['*'], routes: [route] }] },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': type('extensions.filters.http.router.v3.Router') },
                },
              ],
            },
          },
        ],
      },
    ],
  }
}
