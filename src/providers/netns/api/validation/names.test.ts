import { describe, expect, it } from 'vitest'
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPortName,
  checkQualifiedName,
} from './names.ts'

// Inputs of k8s.io/apimachinery/pkg/util/validation/validation_test.go.
describe.each([
  [
    'checkDns1123Label',
    checkDns1123Label,
    ['a', 'ab', 'abc', 'a1', 'a-1', 'a--1--2--b', '0', '01', '0-a', 'a'.repeat(63)],
    ['', 'A', 'ABC', 'aBc', '-', 'a-', '-a', '1-', '_', 'a_', '.', 'a.b', ' ', 'a ', 'a'.repeat(64)],
  ],
  [
    'checkDns1123Subdomain',
    checkDns1123Subdomain,
    ['a', 'a.b', '0.a', 'a--b.c', 'a'.repeat(253)],
    ['', 'A', 'a.', '.a', 'a..b', 'a.B', 'a_b', 'a b', 'a'.repeat(254)],
  ],
  [
    'checkDns1035Label',
    checkDns1035Label,
    ['a', 'ab', 'a1', 'a-1', 'a'.repeat(63)],
    ['0', '1a', '', 'A', '-a', 'a-', 'a_b', 'a.b', 'a'.repeat(64)],
  ],
  [
    'checkLabelValue',
    checkLabelValue,
    ['simple', 'now-with-dashes', '1-starts-with-num', 'end-with-num-1', '', 'UpperCase.is_OK', 'a'.repeat(63)],
    [
      'nospecialchars%^=@',
      'Tama-nui-te-rā.is.Māori.sun',
      '\\backslashes\\are\\bad',
      '-starts-with-dash',
      'ends.with.dots..',
      'a'.repeat(64),
    ],
  ],
  [
    'checkQualifiedName',
    checkQualifiedName,
    [
      'simple',
      '1234',
      'simple/simple',
      'now-with-dashes/simple',
      'simple.dots/1234',
      '1.2.3.4/5678',
      'Uppercase_Is_OK_123',
      'example.com/Uppercase_Is_OK_123',
      `${'a'.repeat(253)}/x`,
    ],
    [
      'nospecialchars%^=@',
      'cantendwithadash-',
      '-cantstartwithadash-',
      'only/one/slash',
      'Example.com/abc',
      'example_com/abc',
      'example.com/',
      '/simple',
      'a'.repeat(64),
      `${'a'.repeat(254)}/abc`,
    ],
  ],
  [
    'checkPortName',
    checkPortName,
    ['telnet', 're-mail-ck', 'pop3', 'a', 'a-1', '1-a', 'a-1-b-2-c', '1-a-2-b-3'],
    ['longerthan15characters', '', '12345', '1-2-3-4', '-begin', 'end-', 'two--hyphens', 'whois++'],
  ],
] as const)('%s', (_name, check, good, bad) => {
  it.each(good)('takes %j', (value) => {
    expect(check(value)).toEqual([])
  })
  it.each(bad)('refuses %j', (value) => {
    expect(check(value)).not.toEqual([])
  })
})
