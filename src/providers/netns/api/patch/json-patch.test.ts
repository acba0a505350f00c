import { describe, expect, it } from 'vitest'
import type { Json } from '../wire.ts'
import { applyJsonPatch } from './json-patch.ts'

describe('applyJsonPatch', () => {
  // RFC 6902, appendix A.
  const cases: [string, Json, Json[], Json][] = [
    ['adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [
      'adds an item',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['removes a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['removes an item', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    ['replaces a value', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      'moves a value',
      { foo: { waldo: 'fred' }, qux: {} },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: {}, qux: { thud: 'fred' } },
    ],
    [
      'moves an item',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'tests values',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'adds a nested object',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    ['reads ~0 and ~1', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    ['appends', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    ['copies', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['replaces the whole', { a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
  ]
  it.each(cases)('%s', (_what, target, patch, expected) => {
    const before = structuredClone(target)
    expect(applyJsonPatch(target, patch)).toEqual(expected)
    expect(target).toEqual(before)
  })

  it.each([
    ['a failed test', 'testing value /baz failed', [{ op: 'test', path: '/baz', value: 'bar' }]],
    ['a parent that is not there', 'doc is missing path', [{ op: 'add', path: '/a/b', value: 1 }]],
    ['a member that is not there', 'doc is missing path', [{ op: 'remove', path: '/nope' }]],
    ['an index out of range', 'invalid index referenced', [{ op: 'add', path: '/list/9', value: 1 }]],
    ['an unknown operation', 'needs an "op"', [{ op: 'frob', path: '/baz' }]],
    ['a missing value', 'needs a "value"', [{ op: 'add', path: '/baz' }]],
    ['a path without a slash', 'does not begin with a slash', [{ op: 'add', path: 'baz', value: 1 }]],
  ])('refuses %s', (_what, message, patch) => {
    expect(() => applyJsonPatch({ baz: 'qux', list: [] }, patch)).toThrow(message)
  })
})
