import { describe, expect, it } from 'vitest'
import { parseLabelSelector } from './parse-label-selector.ts'

describe('parseLabelSelector', () => {
  // The inputs of k8s.io/apimachinery/pkg/labels/selector_test.go.
  it.each([
    '',
    'x=a,y=b,z=c',
    'x!=a,y=b',
    'x=',
    'x= ',
    'x=,z= ',
    'x= ,z= ',
    '!x',
    'x>1',
    'x>1,z<5',
    'x in ()',
    'x in (a,)',
    'x notin (abc,,)',
  ])('takes %j', (text) => {
    expect(parseLabelSelector(text)).toBeTypeOf('function')
  })

  it.each([
    'x=a||y=b',
    'x==a==b',
    '!x=a',
    'x<a',
    'x in',
    'x in (a',
    'x,y in (',
    'this should be bad',
    'x not in (a)',
    'x=a,',
    ',x',
    '=a',
    'x in (a b)',
    'a/b/c=d',
  ])('refuses %j', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(/unable to parse requirement|must be an integer/)
  })

  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'db' }, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['app in (web, db)', { app: 'db' }, true],
    ['app in (web,db)', {}, false],
    ['app notin (web,db)', {}, true],
    ['app notin (web)', { app: 'web' }, false],
    ['app in (a,)', { app: '' }, true],
    ['app in ()', {}, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['!app , tier', { tier: 'x' }, true],
    ['size>9', { size: '10' }, true],
    ['size<9', { size: '10' }, false],
    ['size>9', { size: 'large' }, false],
    ['kubernetes.io/os=linux', { 'kubernetes.io/os': 'linux' }, true],
    ['app=', { app: '' }, true],
  ])('%j on %j is %j', (text, labels, expected) => {
    expect(parseLabelSelector(text)(labels as Record<string, string>)).toBe(expected)
  })
})
