import { expandVariables } from './expand-variables.ts'
import type { Container } from './objects.ts'

/**
 * The program and arguments of a container: `command` replaces the image's entrypoint and drops its default arguments, `args`
 * replaces the default arguments; `$(NAME)` is expanded in both.
 */
export function resolveCommand(
  container: Container,
  image: { readonly entrypoint: readonly string[]; readonly defaultArguments: readonly string[] },
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const expand = (words: readonly string[]): string[] => words.map((word) => expandVariables(word, environment))
  const command = container.command ?? []
  const args = container.args ?? []
  if (command.length > 0) return [...expand(command), ...expand(args)]
  return [...image.entrypoint, ...(args.length > 0 ? expand(args) : image.defaultArguments)]
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

/** A sidecar is an init container with `restartPolicy: Always`: it keeps running beside the main containers. */
export type ContainerRole = 'init' | 'sidecar' | 'main'

/** An init container that succeeded is done, even where the pod's policy is Always. */
export function restartPolicyOf(role: ContainerRole, podPolicy: string | undefined): RestartPolicy {
  if (role === 'sidecar') return 'Always'
  if (podPolicy === 'Never') return 'Never'
  return role === 'init' || podPolicy === 'OnFailure' ? 'OnFailure' : 'Always'
}

export function restartsAfter(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}
