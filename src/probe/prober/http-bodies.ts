/** The bodies of the HTTP/1 responses in a stream, those that are complete; undefined when it is no HTTP. */
export function httpBodies(stream: string, isClosed: boolean): readonly string[] | undefined {
  if (!'HTTP/1.'.startsWith(stream.slice(0, 7))) return undefined
  const bodies: string[] = []
  let rest = stream
  while (rest.startsWith('HTTP/1.')) {
    const headerEnd = rest.indexOf('\r\n\r\n')
    if (headerEnd < 0) break
    const length = /^content-length:\s*(\d+)\s*$/im.exec(rest.slice(0, headerEnd))?.[1]
    const body = rest.slice(headerEnd + 4)
    if (length === undefined) {
      // It ends with the connection.
      if (isClosed) bodies.push(body)
      break
    }
    if (body.length < Number(length)) break
    bodies.push(body.slice(0, Number(length)))
    rest = body.slice(Number(length))
  }
  return bodies
}
