import { expect, it } from 'vitest'
import { httpBodies } from './http-bodies.ts'

const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n${body}`

it('reads the bodies of answers that follow each other', () => {
  expect(httpBodies(answer('nonce') + answer('x/a'), false)).toEqual(['nonce', 'x/a'])
})

it('leaves out an answer that is not complete', () => {
  expect(httpBodies(answer('nonce') + answer('x/a').slice(0, -1), false)).toEqual(['nonce'])
  expect(httpBodies('HTTP/1.1 200 OK\r\nConte', false)).toEqual([])
  expect(httpBodies('HT', false)).toEqual([])
})

it('takes a body without a length as ending with the connection', () => {
  const text = 'HTTP/1.0 200 OK\r\n\r\nhello'
  expect(httpBodies(text, false)).toEqual([])
  expect(httpBodies(text, true)).toEqual(['hello'])
})

it.each(['220 smtp ready\r\n', '\u0000\u0001', 'HTTPS'])('sees that %j is no HTTP', (text) => {
  expect(httpBodies(text, false)).toBeUndefined()
})
