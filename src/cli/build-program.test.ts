import { describe, expect, it } from 'vitest'
import { buildProgram, type Invocation } from './build-program.ts'
import { commandSpecs } from './commands.ts'

function parse(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Invocation {
  let chosen: Invocation | undefined
  buildProgram('0.0.0', env, (invocation) => {
    chosen = invocation
  }).parse([...argv], { from: 'user' })
  if (chosen === undefined) throw new Error('no command was chosen')
  return chosen
}

describe('the command line', () => {
  it('gives a command its arguments and options, wherever they stand', () => {
    const { spec, args, values } = parse(['run', 'a', '-vv', '--test', 'x', 'b', '--test=!y', '--keep'])
    expect(spec.name).toBe('run')
    expect(args).toEqual(['a', 'b'])
    expect(values.list('test')).toEqual(['x', '!y'])
    expect(values.count('verbose')).toBe(2)
    expect(values.flag('keep')).toBe(true)
    expect(values.flag('slow')).toBe(false)
  })

  it('knows the defaults', () => {
    const { values } = parse(['run'])
    expect(values.text('provider')).toBe('netns')
    expect(values.text('out')).toBe('reports')
    expect(values.port('api-port')).toBeUndefined()
    expect(values.durationMs('timeout')).toBeUndefined()
  })

  it.each(['0', '65536', 'http', '-1', '80.5', ''])('refuses the port "%s"', (port) => {
    expect(() => parse(['run', `--api-port=${port}`]).values.port('api-port')).toThrow('expected a TCP port')
  })

  it('refuses a value that is not among the choices, and says which one was meant', () => {
    expect(() => parse(['run', '--format', 'tabel'])).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '--format "tabel": expected table, json',
        hint: 'did you mean "table"?',
      }),
    )
  })

  it('names no option twice', () => {
    for (const { options } of commandSpecs) {
      const names = options.flatMap(({ name, short }) => [name, ...(short === undefined ? [] : [short])])
      expect(new Set(names).size).toBe(names.length)
    }
  })
})

describe('environment variables', () => {
  it('stand in for options: the particular one before the general one', () => {
    const env = { PACKETPROOF_OUT: 'everywhere', PACKETPROOF_RUN_OUT: 'here' }
    expect(parse(['run'], env).values.text('out')).toBe('here')
    expect(parse(['prove'], env).values.text('out')).toBe('everywhere')
  })

  it('give way to the command line', () => {
    expect(parse(['run', '--provider', 'netns'], { PACKETPROOF_PROVIDER: 'kind' }).values.text('provider')).toBe(
      'netns',
    )
  })

  it('may hold lists, counts and flags', () => {
    const env = { PACKETPROOF_TEST: 'a,!b', PACKETPROOF_VERBOSE: '2', PACKETPROOF_KEEP: 'true', PACKETPROOF_SLOW: '0' }
    const { values } = parse(['run'], env)
    expect(values.list('test')).toEqual(['a', '!b'])
    expect(values.count('verbose')).toBe(2)
    expect(values.flag('keep')).toBe(true)
    expect(values.flag('slow')).toBe(false)
  })

  it('count as unset when they are empty', () => {
    expect(parse(['run'], { PACKETPROOF_PROVIDER: '', PACKETPROOF_KEEP: '' }).values.text('provider')).toBe('netns')
  })

  it.each([
    [{ PACKETPROOF_KEEP: 'maybe' }, 'PACKETPROOF_KEEP is "maybe": expected 1 or 0'],
    [{ PACKETPROOF_VERBOSE: 'loud' }, 'PACKETPROOF_VERBOSE is "loud": expected a number from 0 to 9'],
    [{ PACKETPROOF_FORMAT: 'yaml' }, 'PACKETPROOF_FORMAT "yaml": expected table, json'],
  ])('%j is refused', (env, message) => {
    expect(() => parse(['run'], env)).toThrow(message)
  })
})
