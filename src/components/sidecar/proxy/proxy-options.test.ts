import { describe, expect, it } from 'vitest'
import { endpointText } from './connection-record.ts'
import { defaultProxyOptions, readProxyOptions } from './proxy-options.ts'

describe('options of the proxy', () => {
  it("are Istio's ports, and REDIRECT", () => {
    expect(readProxyOptions([], {})).toEqual(defaultProxyOptions)
  })

  it('take the mode from the environment of an injected pod, unless a flag says otherwise', () => {
    const env = { ISTIO_META_INTERCEPTION_MODE: 'TPROXY' }
    expect(readProxyOptions([], env)?.mode).toBe('TPROXY')
    expect(readProxyOptions(['--mode', 'REDIRECT'], env)?.mode).toBe('REDIRECT')
    expect(readProxyOptions([], { ISTIO_META_INTERCEPTION_MODE: 'NONE' })?.mode).toBe('REDIRECT')
  })

  it('are none when help is asked for', () => {
    expect(readProxyOptions(['--help'], {})).toBeUndefined()
  })

  it.each([
    [['--mode', 'NONE'], '--mode "NONE": expected REDIRECT or TPROXY'],
    [['--inbound-port', '0'], '--inbound-port "0": expected a number from 1 to 65535'],
    [['--outbound-port', '70000'], '--outbound-port "70000"'],
    [['--connect-timeout', '0s'], '--connect-timeout "0s"'],
    [['--connect-timeout', '5'], '--connect-timeout "5"'],
    [['--bogus'], '--bogus'],
    [['word'], 'word'],
  ])('%j is refused: %s', (argv, words) => {
    expect(() => readProxyOptions(argv, {})).toThrow(words)
  })
})

it('writes an IPv6 end in brackets, and an unknown one not at all', () => {
  expect(endpointText({ address: 'fd00::1', port: 80 })).toBe('[fd00::1]:80')
  expect(endpointText({ address: '10.0.0.1', port: 80 })).toBe('10.0.0.1:80')
  expect(endpointText({ address: undefined, port: 80 })).toBe('')
})
