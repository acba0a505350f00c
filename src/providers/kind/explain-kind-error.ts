import { explainDockerError } from '../../docker/explain-error.ts'
import { PacketproofError } from '../../errors.ts'
import { INOTIFY_FIX } from './preflight.ts'

interface Explanation {
  readonly pattern: RegExp
  readonly explain: (said: string) => PacketproofError
}

const explanations: readonly Explanation[] = [
  {
    pattern: /already exist for a cluster with the name/,
    explain: (said) =>
      new PacketproofError('E_CLUSTER', `a kind cluster of this name exists already: ${said}`, {
        hint: 'packetproof down --all removes those of earlier runs; kind delete cluster --name NAME any other',
      }),
  },
  {
    pattern: /too many open files|inotify/i,
    explain: (said) =>
      new PacketproofError('E_ENVIRONMENT', `the nodes ran out of inotify instances: ${said}`, { hint: INOTIFY_FIX }),
  },
  {
    pattern: /could not find a log line that matches/,
    explain: (said) =>
      new PacketproofError('E_CLUSTER', `a node did not start: ${said}`, {
        hint: `often too few inotify instances (${INOTIFY_FIX}), or a node image that does not suit this kernel or this kind`,
      }),
  },
  {
    pattern: /unable to decode config|invalid kubeProxyMode|invalid configuration|failed to parse/,
    explain: (said) =>
      new PacketproofError('E_INVALID_INPUT', `kind refuses the configuration that the profile stands for: ${said}`),
  },
]

/**
 * Turns what kind said into an error for people.
 * @param output its stderr
 */
export function explainKindError(output: string, command: string): PacketproofError {
  const said = complaintIn(output)
  const found = explanations.find(({ pattern }) => pattern.test(output))
  return found?.explain(said) ?? explainDockerError(errorPart(output), command)
}

/** From `ERROR:` on: before it are the steps that kind reports on, after it a stack of its own when it panics. */
function errorPart(output: string): string {
  const at = output.indexOf('ERROR:')
  return (at < 0 ? output : output.slice(at)).split(/^Stack Trace:/m)[0] ?? ''
}

/** One line: the error, and the last of what the command said that failed. */
function complaintIn(output: string): string {
  const [error = '', commandOutput = ''] = errorPart(output).split('Command Output:')
  const first = error.replace('ERROR:', '').trim().split('\n')[0] ?? ''
  const last = commandOutput.trim().split('\n').at(-1) ?? ''
  return [first, last].filter((part) => part !== '').join(': ')
}
