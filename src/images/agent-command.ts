/** The entry point of the image of the agents (`Dockerfile`), for pods whose command it is not. */
export const AGENT_COMMAND: readonly string[] = ['node', '/opt/packetproof/bin/packetproof.mjs', 'agent']
