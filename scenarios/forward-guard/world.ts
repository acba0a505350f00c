import type { Pod } from '../../src/index.ts'

/** What the steps share. */
export class ForwardGuardWorld {
  /** One on each node, in the order of the nodes; each answers HTTP on port 80 and echoes on port 7000. */
  readonly pods: Pod[] = []
}

export const HTTP_PORT = 80
export const ECHO_PORT = 7000
