/*
 * What scenarios are written with. Scenarios import from here and from nowhere else.
 */
export type { V1Endpoints, V1Pod, V1Service } from '@kubernetes/client-node'
export { cidrContains, parseCidr } from '../helpers/cidr.ts'
export { type WaitOptions, waitFor } from '../helpers/wait-for.ts'
export { type CellSelector, cellsAre, cellsAreAsDemanded } from './assertion/cells-are.ts'
export { addressNeedle, containsBytes, containsNoBytes, type Needle } from './assertion/contains-bytes.ts'
export { containsNoPackets, containsPackets } from './assertion/contains-packets.ts'
export { hasCounted } from './assertion/has-counted.ts'
export { hasCountedOnly } from './assertion/has-counted-only.ts'
export { hasOutcome } from './assertion/has-outcome.ts'
export { isEqual } from './assertion/is-equal.ts'
export { listsRules, listsSelectedRules } from './assertion/lists-rules.ts'
export { packetproofMatchers } from './assertion/matchers.ts'
export {
  type Capture,
  type CaptureOptions,
  type CaptureResult,
  startCapture,
  startCaptures,
} from './capture/capture.ts'
export { eachPacket, readPcap } from './capture/read-pcap.ts'
export type { Capabilities, Capability } from './cluster/capability.ts'
export type { Cluster, Node, Pod, PodSpec } from './cluster/cluster.ts'
export { ensureSuccess } from './cluster/ensure-success.ts'
export type { ExecOptions, ExecResult, Host, HostProcess } from './cluster/host.ts'
export { agentCommand } from './components/agent-command.ts'
export type { Component } from './components/component.ts'
export { deployEncryption, encryptionOwnership, encryptionPods } from './components/encryption/deploy.ts'
export { encryption } from './components/encryption/encryption.ts'
export {
  type EncryptionOptions,
  encryptionLabels,
  encryptionManifest,
  encryptionName,
  encryptionNamespace,
} from './components/encryption/manifest.ts'
export { publicKeyAnnotation } from './components/encryption/names.ts'
export { removeEncryption } from './components/encryption/remove.ts'
export { parseWgShow, type ShownDevice, type ShownPeer } from './components/encryption/wg-show.ts'
export { deployForwardGuard, forwardGuardOwnership } from './components/forward-guard/deploy.ts'
export { forwardGuard } from './components/forward-guard/forward-guard.ts'
export {
  type ForwardGuardOptions,
  forwardGuardManifest,
  guardLabels,
  guardName,
  guardNamespace,
} from './components/forward-guard/manifest.ts'
export { removeForwardGuard } from './components/forward-guard/remove.ts'
export { cleanNode } from './components/masquerade/cleanup.ts'
export { deployMasquerade, masqueradeOwnership, removeMasquerade } from './components/masquerade/deploy.ts'
export {
  agentLabels,
  agentName,
  agentNamespace,
  type MasqueradeOptions,
  masqAgentReadySelector,
  masqueradeConfigMap,
  masqueradeManifest,
} from './components/masquerade/manifest.ts'
export { masqueradeAgent } from './components/masquerade/masquerade-agent.ts'
export { setAsideKindnet } from './components/masquerade/set-aside-kindnet.ts'
export {
  deployNetworkPolicy,
  networkPolicyOwnership,
  waitForPolicies,
} from './components/network-policy/deploy.ts'
export { type NetworkPolicyOptions, networkPolicyManifest } from './components/network-policy/manifest.ts'
export { networkPolicy } from './components/network-policy/network-policy.ts'
export { removeNetworkPolicy } from './components/network-policy/remove.ts'
export { deployServiceProxy, serviceProxyOwnership, waitForServiceProxy } from './components/service-proxy/deploy.ts'
export { type ServiceProxyOptions, serviceProxyManifest } from './components/service-proxy/manifest.ts'
export { removeServiceProxy } from './components/service-proxy/remove.ts'
export { serviceProxy } from './components/service-proxy/service-proxy.ts'
export {
  type CostRow,
  latencyAt,
  measureInterception,
  throughputOf,
} from './components/sidecar/cost/measure-interception.ts'
export {
  deploySidecar,
  hasIstiod,
  removeSidecar,
  runSidecarPods,
  type SidecarOptions,
  sidecarContainers,
  sidecarOwnership,
} from './components/sidecar/deploy.ts'
export type { ConnectionRecord } from './components/sidecar/proxy/connection-record.ts'
export { sidecar } from './components/sidecar/sidecar.ts'
export { isTimeout, PacketproofError } from './errors.ts'
export type { Captured, CapturedWindow } from './evidence/captured-window.ts'
export { type Drawing, type DrawingShape, type DrawingStyle, drawingEvidence } from './evidence/drawing-evidence.ts'
export type { Judged } from './evidence/judged.ts'
export { listingEvidence } from './evidence/listing-evidence.ts'
export { type MatrixWindow, matrixEvidence } from './evidence/matrix-evidence.ts'
export { RulesetWindow } from './evidence/ruleset-window.ts'
export { traceEvidence } from './evidence/trace-evidence.ts'
export { FollowedPacket } from './evidence/translation-evidence.ts'
export { type Expectation, evaluate, type Permission, type PolicyProbe } from './oracle/evaluate.ts'
export type { DirectionJudgement, RuleReference } from './oracle/isolation.ts'
export type { ExternalMachine, PolicyObject, PolicyObjects, PolicyPort } from './oracle/objects.ts'
export type { ProbeEnd } from './oracle/party.ts'
export { evaluateService, type ServiceProbe } from './oracle/service.ts'
export { type TruthCell, type TruthTable, truthTable } from './oracle/truth-table.ts'
export { describeFilter, matchPackets, type PacketFilter } from './packet/match.ts'
export type { Packet } from './packet/types.ts'
export {
  findWireguardSessions,
  type SessionDirection,
  type WireguardSession,
  type WireguardSessions,
} from './packet/wireguard-sessions.ts'
export { type EchoConnection, openEchoConnection } from './probe/echo-connection.ts'
export { parseMatrixPort, printMatrixPort } from './probe/matrix/matrix-port.ts'
export { MatrixProber } from './probe/matrix/matrix-prober.ts'
export { type ServerPodSpec, serverContainer, serverNameOf, serverPod } from './probe/matrix/server-pod.ts'
export type {
  CellOutcome,
  MatrixPort,
  MatrixRequest,
  MatrixResult,
  MatrixServer,
  MatrixSource,
  MatrixTarget,
} from './probe/matrix/types.ts'
export { waitForServers } from './probe/matrix/wait-for-servers.ts'
export { nonceBytes, type Outcome, type ProbeResult } from './probe/outcome.ts'
export { type PingOptions, type PingResult, ping } from './probe/ping.ts'
export { type TransportOptions, type TransportResult, tcp, udp } from './probe/transport.ts'
export { urlOf, type WgetOptions, type WgetResult, wget } from './probe/wget.ts'
export { type CreateClusterOptions, createCluster } from './providers/create-cluster.ts'
export { compareListing } from './ruleset/compare-listing.ts'
export { deltaOf, type RulesetDelta } from './ruleset/delta.ts'
export { findChain, type Ruleset, rulesOf } from './ruleset/model.ts'
export { parseListing } from './ruleset/parse-listing.ts'
export { parseRuleset } from './ruleset/parse-ruleset.ts'
export { dropCounterOf } from './ruleset/read-drop-counters.ts'
export { readRuleset } from './ruleset/read-ruleset.ts'
export type { Rule } from './ruleset/rule.ts'
export { startTrace } from './ruleset/run-trace.ts'
export { ownedBy, type RuleSelector, selectRules } from './ruleset/select-rules.ts'
export type { Trace } from './ruleset/trace.ts'
export type { ClaimRecorder } from './scenario/claim-recorder.ts'
export {
  type ClaimDefinition,
  defineScenario,
  type ScenarioDefinition,
  type StepDefinition,
} from './scenario/definition.ts'
export { type FaultDefinition, loadFaults } from './scenario/fault.ts'
export { type Observation, type ObservationPlan, observe } from './scenario/observe.ts'
export type { StepContext } from './scenario/step-context.ts'
