import { expect, it } from 'vitest'
import { parseMatrixPort, printMatrixPort } from './matrix-port.ts'

it.each(['tcp/80', 'udp/53', 'sctp/65535'])('reads %s', (text) => {
  expect(printMatrixPort(parseMatrixPort(text))).toBe(text)
})

it('does not mind capitals', () => {
  expect(parseMatrixPort('TCP/1')).toEqual({ protocol: 'tcp', port: 1 })
})

it.each(['80', 'tcp', 'tcp/', 'tcp/0', 'tcp/65536', 'tcp/-1', 'icmp/8', '80/tcp', 'tcp/80x', ''])(
  'refuses %j',
  (text) => {
    expect(() => parseMatrixPort(text)).toThrow(`"${text}" is not a port: expected PROTOCOL/NUMBER`)
  },
)

it('suggests the protocol that was meant', () => {
  expect(() => parseMatrixPort('tpc/80')).toThrow(expect.objectContaining({ hint: 'did you mean "tcp/80"?' }) as Error)
})
