import { PacketproofError } from '../errors.ts'

interface Explanation {
  readonly pattern: RegExp
  readonly explain: (said: string) => PacketproofError
}

/** What Docker's command line and daemon (20.10 to 29) say when something outside of packetproof is wrong. */
const explanations: readonly Explanation[] = [
  {
    pattern: /permission denied while trying to connect|dial unix .*: connect: permission denied/i,
    explain: (said) =>
      new PacketproofError('E_NO_PRIVILEGE', `this user may not speak to the Docker daemon: ${said}`, {
        hint: 'sudo usermod -aG docker "$USER", then log in again; or run as root',
      }),
  },
  {
    pattern: /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker api/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `the Docker daemon does not run: ${said}`, {
        hint: 'start it (sudo systemctl start docker), set DOCKER_HOST to one that runs, or use --provider netns',
      }),
  },
  {
    pattern: /pool overlaps with other one|networks have overlapping/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `a subnet is in use by another Docker network: ${said}`, {
        hint: 'see docker network ls; docker network prune removes those that nothing uses',
      }),
  },
  {
    pattern: /all predefined address pools have been fully subnetted/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `Docker has no subnet left: ${said}`, {
        hint: 'docker network prune removes the networks that nothing uses',
      }),
  },
  {
    pattern: /no such image|unable to find image|manifest unknown|pull access denied|repository does not exist/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `an image is missing: ${said}`, {
        hint: 'packetproof images pull fetches all that are pinned; without internet: packetproof images load FOLDER',
      }),
  },
  {
    pattern: /dial tcp|network is unreachable|no such host|TLS handshake timeout|i\/o timeout|toomanyrequests/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `a registry cannot be reached: ${said}`, {
        hint: 'on a machine with internet run: packetproof images save FOLDER; here: packetproof images load FOLDER',
      }),
  },
]

/**
 * Turns what Docker, or a program that calls it, said into an error for people.
 * @param output its stderr
 * @param command the command line, for what has no better explanation
 */
export function explainDockerError(output: string, command: string): PacketproofError {
  const said = complaintIn(output)
  const found = explanations.find(({ pattern }) => pattern.test(output))
  return found?.explain(said) ?? new PacketproofError('E_CLUSTER', `${command} failed: ${said || 'it said nothing'}`)
}

/** Without the prefixes and the advice that Docker puts around it. */
function complaintIn(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^(?:docker: |ERROR: |Error: )?(?:Error response from daemon: )?/, '').trim())
    .filter((line) => line !== '' && !/^See 'docker|^Run 'docker|--help'/.test(line))
  return lines.join(' ')
}
