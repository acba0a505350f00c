/**
 * Replaces `$(NAME)` as Kubernetes does in env, command and args: `$$` stands for one `$`, so `$$(NAME)` is the text
 * `$(NAME)`; a reference to an unknown name stays as it is written.
 */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => {
    if (whole === '$$') return '$'
    return name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole
  })
}
