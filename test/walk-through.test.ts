import { expect, test } from 'vitest'
import { findDifference, readWalkThrough } from './walk-through.test-helper.ts'

test('the commands of the console blocks are read with what they print', () => {
  const markdown = 'text\n```console\n$ one\nout\n\nmore\n$ two\n```\n```yaml\n$ three\n```\n'
  expect(readWalkThrough(markdown)).toEqual([
    { command: 'one', expected: ['out', '', 'more'], line: 3 },
    { command: 'two', expected: [], line: 7 },
  ])
})

const story = [
  'client → server:80 (10.244.2.2:80), TCP: ok (HTTP/1.1 200 OK)',
  'worker-1 in by calia7a3e029a7b  10.244.1.2:55500 → 10.244.2.2:80',
  '│   filter FORWARD  -j cali-FORWARD /* cali:wUHhoiAYhphO9Mso */',
  '      1        3      180  -d 10.0.0.0/8 -j RETURN',
  'masquerade is in place on the nodes of "lab" (0.3 s).',
]

test('another address, port, counter, hash or time is the same story', () => {
  const again = [
    'client → server:80 (10.244.2.9:80), TCP: ok (HTTP/1.1 200 OK)',
    'worker-1 in by calib0b3e029a7b  10.244.1.7:43210 → 10.244.2.9:80',
    '│   filter FORWARD  -j cali-FORWARD /* cali:xxxxxxxxxxxxxxxx */',
    '      1       12     1044  -d 10.0.0.0/8 -j RETURN',
    'masquerade is in place on the nodes of "lab" (12.7 s).',
    '',
  ]
  expect(findDifference(story, again)).toBeUndefined()
})

test.each([
  ['another outcome', 0, 'client → server:80 (10.244.2.2:80), TCP: refused (HTTP/1.1 200 OK)'],
  ['another host', 1, 'worker-2 in by calia7a3e029a7b  10.244.1.2:55500 → 10.244.2.2:80'],
  ['another port of the server', 1, 'worker-1 in by calia7a3e029a7b  10.244.1.2:55500 → 10.244.2.2:81'],
  ['another chain', 2, '│   filter FORWARD  -j KUBE-FORWARD /* cali:wUHhoiAYhphO9Mso */'],
  ['another network in a rule', 3, '      1        3      180  -d 172.16.0.0/12 -j RETURN'],
  ['another verdict of a rule', 3, '      1        3      180  -d 10.0.0.0/8 -j ACCEPT'],
])('%s is another story', (_, index, line) => {
  expect(findDifference(story, story.with(index, line))).toContain('expected:')
})

test('an address is the same one wherever it stands, and another is another', () => {
  const rewritten = [
    'client  10.244.1.2 → 10.0.0.2',
    '  ⇒ source 10.244.1.2 becomes 172.18.0.3',
    'database in  172.18.0.3 → 10.0.0.2',
  ]
  const elsewhere = rewritten.map((line) =>
    line.replaceAll('10.244.1.2', '10.244.1.7').replaceAll('172.18.0.3', '172.18.0.9'),
  )
  expect(findDifference(rewritten, elsewhere)).toBeUndefined()
  expect(findDifference(rewritten, elsewhere.with(2, 'database in  10.244.1.7 → 10.0.0.2'))).toContain(
    'observed: database',
  )
  expect(findDifference(rewritten, elsewhere.with(1, '  ⇒ source 10.244.1.7 becomes 10.244.1.7'))).toContain('becomes')
  expect(findDifference(['...', ...rewritten.slice(1)], elsewhere)).toBeUndefined()
})

test('a line that is missing, or one too many, is another story', () => {
  expect(findDifference(story, story.slice(1))).toContain('expected: client')
  expect(findDifference(story, story.slice(0, -1))).toContain('(nothing more)')
  expect(findDifference(story, [...story, 'and more'])).toBe('not expected: and more')
})

test('three dots stand for any lines', () => {
  expect(findDifference([story[0] ?? '', '...', story[4] ?? ''], story)).toBeUndefined()
  expect(findDifference(['...', 'never'], story)).toBe('expected somewhere: never')
})
