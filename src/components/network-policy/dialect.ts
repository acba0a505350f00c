/** The bits of the packet mark that the rules use. */
export interface Marks {
  readonly accept: number
  readonly pass: number
  /** Says in a rule of several blocks that all blocks so far have matched. */
  readonly allBlocks: number
  /** Says that the present block has matched. */
  readonly thisBlock: number
}

/** How a version of Calico words its rules. */
export interface Dialect {
  readonly name: 'v3.32' | 'v2.5'
  readonly marks: Marks
  /** What an endpoint's chain clears first. */
  readonly clearAtStart: number
  readonly tierStartComment: string
  readonly tierEndComment: string
  /** Rules that keep pods from sending encapsulated packets. */
  readonly dropsEncapsulated: boolean
  /** Pods may send from their own address alone. */
  readonly checksSources: boolean
  /** Several policies with one selector share a chain. */
  readonly groupsPolicies: boolean
  /** A policy's first rule says whose it is, and a policy without rules has one that only says so. */
  readonly namesPolicies: boolean
  policyId(namespace: string, name: string): string
  profilesOf(namespace: string, serviceAccount: string): readonly Profile[]
  /** Label keys by which selectors know a pod's namespace. */
  readonly labelKeys: LabelKeys
}

export interface Profile {
  readonly id: string
  readonly allows: boolean
}

export interface LabelKeys {
  readonly namespace: string
  /** Absent where pods have no label that says so. */
  readonly orchestrator?: string
  readonly namespaceLabelPrefix: string
}

/** Calico v3.30 and later: its bits are the lowest of 0xffff0000. */
const current: Dialect = {
  name: 'v3.32',
  marks: { accept: 0x10000, pass: 0x20000, allBlocks: 0x80000, thisBlock: 0x100000 },
  clearAtStart: 0x30000,
  tierStartComment: 'Start of tier default',
  tierEndComment: 'End of tier default. Drop if no policies passed packet',
  dropsEncapsulated: true,
  checksSources: true,
  groupsPolicies: true,
  namesPolicies: true,
  policyId: (namespace, name) => `knp/${namespace}/${name}`,
  profilesOf: (namespace, serviceAccount) => [
    { id: `kns.${namespace}`, allows: true },
    { id: `ksa.${namespace}.${serviceAccount}`, allows: false },
  ],
  labelKeys: {
    namespace: 'projectcalico.org/namespace',
    orchestrator: 'projectcalico.org/orchestrator',
    namespaceLabelPrefix: 'pcns.',
  },
}

/** Calico v2.5, the document's: its bits are the lowest of 0xff000000. */
const document: Dialect = {
  name: 'v2.5',
  marks: { accept: 0x1000000, pass: 0x2000000, allBlocks: 0x4000000, thisBlock: 0x8000000 },
  clearAtStart: 0x1000000,
  tierStartComment: 'Start of policies',
  tierEndComment: 'Drop if no policies passed packet',
  dropsEncapsulated: false,
  checksSources: false,
  groupsPolicies: false,
  namesPolicies: false,
  policyId: (namespace, name) => `${namespace}.${name}`,
  profilesOf: () => [{ id: 'k8s-pod-network', allows: true }],
  labelKeys: { namespace: 'calico/k8s_ns', namespaceLabelPrefix: 'k8s_ns/label/' },
}

export const dialects: Readonly<Record<Dialect['name'], Dialect>> = { 'v3.32': current, 'v2.5': document }
export const defaultDialect: Dialect = current

/** As Felix prints marks. */
export function hex(mark: number): string {
  return `0x${mark.toString(16)}`
}
