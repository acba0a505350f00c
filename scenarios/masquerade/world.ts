import type { MasqueradeOptions, Pod } from '../../src/index.ts'

/** What the steps share. */
export class MasqueradeWorld {
  /** One client on each worker, by node name; the first has the address that the document's pod has. */
  readonly clients: Pod[] = []
  /** Answers HTTP on port 8080; the endpoint of the Service inside the cluster. */
  server: Pod | undefined
  /** Why what is said of the defaults does not hold for the agent that the cluster has. */
  ownConfiguration: string | undefined
  isRemovedAfterwards = false
  /** How the agent is deployed at present. */
  deployed: MasqueradeOptions | undefined
}
