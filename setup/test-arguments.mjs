/** Options of `packetproof run` that `npm test` takes as well, and whether they have a value. They reach the scenarios as variables. */
const options = new Map([
  ['provider', true],
  ['image', true],
  ['kubeconfig', true],
  ['context', true],
  ['registry', true],
  ['component', true],
  ['yes', false],
  ['slow', false],
])

/**
 * Takes the options that are meant for the scenarios out of the arguments; what remains is for vitest.
 * @param {readonly string[]} argv
 * @returns {{ variables: Readonly<Record<string, string>>, vitest: readonly string[] }}
 */
export function readTestArguments(argv) {
  const vitest = []
  /** @type {Record<string, string>} */
  const variables = {}
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? ''
    const [, name = '', given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argument) ?? []
    const hasValue = options.get(name)
    if (hasValue === undefined) {
      vitest.push(argument)
      continue
    }
    if (hasValue && given === undefined) index += 1
    const value = hasValue ? (given ?? argv[index]) : '1'
    if (value === undefined)
      throw new Error(`--${name} needs a value${name === 'provider' ? ': netns, kind or kubeconfig' : ''}`)
    const variable = `PACKETPROOF_${name.toUpperCase()}`
    variables[variable] = name === 'component' && variables[variable] ? `${variables[variable]},${value}` : value
  }
  return { variables, vitest }
}
