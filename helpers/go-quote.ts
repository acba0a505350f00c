/** Go's `%q` for the text of a message: double quotes, with `"`, `\` and control characters escaped. */
export function goQuote(text: string): string {
  let quoted = ''
  for (const char of text) quoted += escapeChar(char)
  return `"${quoted}"`
}

const namedEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function escapeChar(char: string): string {
  const named = namedEscapes[char]
  if (named !== undefined) return named
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return char
}
