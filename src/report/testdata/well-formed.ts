const voidElements = new Set(['meta', 'br', 'hr', 'img', 'input', 'link'])

/**
 * The element names of markup in document order.
 * @throws Error when a tag is malformed, an attribute not quoted, or elements do not nest.
 */
export function elementsOf(markup: string): string[] {
  const withoutProlog = markup.replace(/^<\?xml[^>]*\?>|^<!doctype html>/, '')
  const opaque = withoutProlog.replaceAll(/(<(script|style)>)[^<]*(<\/\2>)/g, '$1$3')
  const names: string[] = []
  const open: string[] = []
  for (const tag of opaque.match(/<[^>]*>?/g) ?? []) {
    const parts = /^<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>$/.exec(tag)
    if (parts === null) throw new Error(`malformed tag ${tag}`)
    const [, closing, name = '', , selfClosing] = parts
    if (closing === '/') {
      const expected = open.pop()
      if (expected !== name) throw new Error(`</${name}> closes <${expected}>`)
    } else {
      names.push(name)
      if (selfClosing !== '/' && !voidElements.has(name)) open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(' ')}`)
  if (/&(?!(?:#\d+|[a-z]+);)/.test(opaque)) throw new Error('a bare ampersand')
  return names
}
