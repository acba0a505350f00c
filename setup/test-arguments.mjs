/**
 * Takes `--provider NAME` out of the arguments; what remains is for vitest.
 * @param {readonly string[]} argv
 * @returns {{ provider: string | undefined, vitest: readonly string[] }}
 */
export function readTestArguments(argv) {
  const vitest = []
  let provider
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? ''
    if (argument === '--provider') {
      index += 1
      provider = argv[index]
      if (provider === undefined) throw new Error('--provider needs a value: netns, kind or kubeconfig')
    } else if (argument.startsWith('--provider=')) provider = argument.slice('--provider='.length)
    else vitest.push(argument)
  }
  return { provider, vitest }
}
