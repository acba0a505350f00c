import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PacketproofError } from '../errors.ts'
import { findChain, rulesOf } from './model.ts'
import { parseRuleset } from './parse-ruleset.ts'
import { printRule, printRuleset } from './print-ruleset.ts'

const testdata = new URL('testdata/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, testdata), 'utf8')
const files = (ending: string): string[] => readdirSync(testdata).filter((name) => name.endsWith(ending))

function errorOf(text: string, format: 'save' | 'restore' = 'save'): PacketproofError {
  try {
    parseRuleset(text, { source: 'FILE', format })
  } catch (error) {
    if (error instanceof PacketproofError) return error
    throw error
  }
  throw new Error('expected a PacketproofError')
}

describe('parseRuleset and printRuleset', () => {
  it.each(files('.save'))('gives the bytes of %s back, and each rule from its tokens', (name) => {
    const ruleset = parseRuleset(read(name))
    expect(printRuleset(ruleset)).toBe(read(name))
    for (const rule of rulesOf(ruleset)) expect(rule.text.replace(/^\[\d+:\d+\] /, '')).toBe(printRule(rule))
  })

  it.each(files('.payload'))('gives the bytes of the payload %s back', (name) => {
    expect(printRuleset(parseRuleset(read(name), { format: 'restore' }))).toBe(read(name))
  })

  it.each([
    ['blanks, carriage returns and no last newline', '* nat\r\n\r\n# mine\r\n-N  A\r\n-A A  -j   ACCEPT \r\nCOMMIT'],
    [
      'commands of restore',
      '*nat\n:A - [0:0]\n-X B\n-I POSTROUTING 1 -j A\n-D POSTROUTING -j B\n-A POSTROUTING -j A\nCOMMIT\n\n',
    ],
    ['tabs, long commands and a byte order mark', '\ufeff*nat\n--append A\t-j\tACCEPT\n-A\tA\t-s\t10.0.0.1\nCOMMIT\n'],
    ['two parts of one table', '*nat\nCOMMIT\n*nat\nCOMMIT\n'],
  ])('keeps %s in a payload written by hand', (_, text) => {
    expect(printRuleset(parseRuleset(text, { format: 'restore' }))).toBe(text)
  })

  it('keeps the counters of 64 bits as they are printed', () => {
    const text = '*nat\n:A ACCEPT [18446744073709551615:18446744073709551615]\n[18446744073709551615:1] -A A\nCOMMIT\n'
    expect(printRuleset(parseRuleset(text))).toBe(text)
  })

  it('reads policies, counters and structure', () => {
    const ruleset = parseRuleset(read('kubeproxy.nft.save'))
    expect(findChain(ruleset, 'filter', 'FORWARD')).toMatchObject({
      policy: 'DROP',
      counters: { packets: 0, bytes: 0 },
    })
    expect(findChain(ruleset, 'filter', 'KUBE-FORWARD')?.policy).toBeUndefined()
    const rule = findChain(ruleset, 'nat', 'KUBE-SVC-NPX46M4PTMTKRN6Y')?.rules[0]
    expect(rule).toMatchObject({
      index: 0,
      source: { value: '10.244.0.0/16', negated: true },
      destination: { value: '10.96.0.1/32', negated: false },
      protocol: { value: 'tcp' },
      comment: 'default/kubernetes:https cluster IP',
      target: 'KUBE-MARK-MASQ',
      goto: false,
    })
    const quoted = findChain(ruleset, 'filter', 'cali-tw-cali1234567890a')?.rules
    expect(quoted?.[0]?.comments).toEqual(['cali:x', `second "quoted" \\ back 'single'`])
    expect(quoted?.[2]).toMatchObject({ comment: '-j', target: 'RETURN' })
  })

  it('gives options after the target to whom they belong', () => {
    const text =
      '*nat\n-A A -j MASQUERADE -p tcp -m statistic --mode random --probability 0.5 --to-ports 1-2 --future a b\nCOMMIT\n'
    const [rule] = rulesOf(parseRuleset(text, { format: 'restore' }))
    expect(rule?.targetOptions).toEqual([{ name: 'to-ports', negated: false, values: ['1-2'] }])
    expect(rule?.matches[0]?.options.map(({ name, values }) => [name, ...values])).toEqual([
      ['mode', 'random'],
      ['probability', '0.5'],
      ['future', 'a', 'b'],
    ])
  })

  it('reads the chain and the rule between tabs', () => {
    const [rule] = rulesOf(parseRuleset('*nat\n-A\tA\t-j\tACCEPT\nCOMMIT\n', { format: 'restore' }))
    expect(rule).toMatchObject({ chain: 'A', target: 'ACCEPT' })
  })

  it('keeps a stray word in what the rule means', () => {
    const [rule] = rulesOf(parseRuleset('*nat\n:A - [0:0]\n-A A -m comment --comment "a "b" c" -j X\nCOMMIT\n'))
    expect(rule?.identity).toContain('"b c"')
  })

  it('keeps warnings that there are rules elsewhere', () => {
    const text = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n'
    expect(parseRuleset(text)).toMatchObject({ tables: [], warnings: [text.slice(2, -1)] })
  })

  it('tells an empty text from a ruleset without rules', () => {
    expect(errorOf('\n').message).toBe('FILE: is empty: expected the output of iptables-save')
    expect(parseRuleset('', { allowEmpty: true }).tables).toEqual([])
    expect([...rulesOf(parseRuleset(read('empty.legacy.save')))]).toEqual([])
  })

  it('survives random texts in comments', () => {
    const alphabet = ['"', '\\', "'", ' ', '-j', '!', 'a', '#', ':', '[1:2]', 'é', '\t']
    let seed = 42
    const next = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below
    for (let round = 0; round < 500; round += 1) {
      const comment = Array.from({ length: next(9) }, () => alphabet[next(alphabet.length)]).join('')
      const spec = `-m comment --comment "${comment.replace(/["'\\]/g, '\\$&')}" -j ACCEPT`
      const text = `*nat\n:A - [0:0]\n[${next(9)}:7] -A A ${spec}\nCOMMIT\n`
      const ruleset = parseRuleset(text)
      const [rule] = rulesOf(ruleset)
      expect(rule).toMatchObject({ comment, target: 'ACCEPT' })
      expect(printRuleset(ruleset)).toBe(text)
    }
  })

  it('reads a jump to a chain whose name ends with a dash', () => {
    const [rule] = rulesOf(parseRuleset('*filter\n:A - [0:0]\n:cali-pi-_OE1- - [0:0]\n-A A -j cali-pi-_OE1-\nCOMMIT\n'))
    expect(rule?.target).toBe('cali-pi-_OE1-')
  })

  it.each([
    ['no COMMIT', '*nat\n:A - [0:0]\n', /^FILE:2: the ruleset is cut: table nat \(line 1\) has no COMMIT/],
    ['an open quote', '*nat\n:A - [0:0]\n-A A -m comment --comment "x\n', /^FILE:3: a double quote is not closed/],
    ['half a counter', '*nat\n:A - [0:0]\n[12:', /^FILE:3: expected \[PACKETS:BYTES\] -A CHAIN/],
    ['half an option', '*nat\n:A - [0:0]\n-A A -s', /^FILE:3: -s has no value/],
    ['the beginning of an option', '*nat\n:A - [0:0]\n-A A -i lo --', /^FILE:3: the rule ends within an option/],
    ['half a chain line', '*nat\n:A', /^FILE:2: expected :CHAIN POLICY/],
    ['a rule outside', '-A A -j ACCEPT\n', /^FILE:1: this is outside a table/],
    ['an undeclared chain', '*nat\n:A - [0:0]\n-A B -j A\nCOMMIT\n', /^FILE:3: chain B is not declared in table nat/],
    [
      'a chain twice',
      '*nat\n:A - [0:0]\n:A - [0:0]\nCOMMIT\n',
      /^FILE:3: chain A is declared twice \(first on line 2\)/,
    ],
    ['garbage', '*nat\nhello\nCOMMIT\n', /^FILE:2: expected \*TABLE, :CHAIN, -A CHAIN, COMMIT or a # comment: "hello"/],
    ['a word for an option', '*nat\n:A - [0:0]\n-A A hello\nCOMMIT\n', /^FILE:3: expected an option/],
    ['a second table before COMMIT', '*nat\n*filter\nCOMMIT\n', /^FILE:2: table nat \(line 1\) has no COMMIT/],
    ['two listings', '*nat\nCOMMIT\n*nat\nCOMMIT\n', /^FILE:3: table nat appears twice/],
    ['COMMIT alone', 'COMMIT\n', /^FILE:1: COMMIT without/],
    ['a command', '*nat\n:A - [0:0]\n-I A -j B\nCOMMIT\n', /^FILE:3: expected -A CHAIN …, the only command/],
    ['NUL bytes', '*nat\0\n', /^FILE: is binary/],
    ['a compressed file', '\u001f\ufffd\b', /^FILE: is binary/],
    ['comments of something else', '# hello\n', /^FILE: holds only comments/],
    ['iptables -L', read('masq.nat.listing'), /^FILE: is a listing of "iptables -L"/],
    ['nft', read('nft-native.txt'), /^FILE: is in the format of nft/],
    ['nft -j', '{"nftables": []}\n', /^FILE: is JSON/],
  ])('refuses %s and says where', (_, text, message) => {
    const error = errorOf(text)
    expect(error.code).toBe('E_RULESET')
    expect(error.message).toMatch(message)
  })

  it('refuses every listing cut before its last COMMIT', () => {
    const text = read('guard.nft.save')
    for (let end = text.indexOf(':INPUT'); end < text.lastIndexOf('COMMIT'); end += 7) {
      const cut = text.slice(0, end)
      const lastTable = cut.lastIndexOf('\n*')
      if (cut.indexOf('\nCOMMIT\n', lastTable) > 0) continue
      expect(errorOf(cut).code).toBe('E_RULESET')
    }
  })

  it('hints at iptables-save for "iptables -S"', () => {
    expect(errorOf('-P INPUT ACCEPT\n').hint).toContain('iptables-save')
  })
})
