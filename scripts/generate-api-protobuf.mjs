// Writes src/providers/netns/api/schema/protobuf.generated.json: the protobuf field numbers of the API's types.
// Typed clients (`kubectl create namespace`) send protobuf, and @kubernetes/client-node knows nothing of it; but every
// kubectl carries the descriptors of k8s.io/api. Run: node scripts/generate-api-protobuf.mjs PATH-TO-KUBECTL
import { readFileSync, writeFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const [binaryPath] = process.argv.slice(2)
if (binaryPath === undefined) throw new Error('usage: node scripts/generate-api-protobuf.mjs PATH-TO-KUBECTL')
const schema = new URL('../src/providers/netns/api/schema/', import.meta.url)
const models = JSON.parse(readFileSync(new URL('types.generated.json', schema), 'utf8'))

/** The fields of one protobuf message: number, and a number or the bytes. */
function* fieldsOf(bytes) {
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const wire = key % 8
    if (wire === 0) yield [Math.floor(key / 8), varint()]
    else if (wire === 2) {
      const length = varint()
      yield [Math.floor(key / 8), bytes.subarray(at, (at += length))]
    } else throw new Error(`wire type ${wire} in a descriptor`)
  }
}
const text = (bytes) => Buffer.from(bytes).toString('utf8')

/** Messages by `package.Name`: field name to number and message type. */
function readDescriptor(bytes, messages) {
  const fields = [...fieldsOf(bytes)]
  const packageName = text(fields.find(([number]) => number === 2)?.[1] ?? '')
  for (const [number, message] of fields) {
    if (number !== 4) continue
    const parts = [...fieldsOf(message)]
    const name = text(parts.find(([part]) => part === 1)[1])
    const entries = parts
      .filter(([part]) => part === 2)
      .map(([, field]) => {
        const values = new Map(fieldsOf(field))
        return [
          text(values.get(1)),
          { number: values.get(3), message: values.has(6) ? text(values.get(6)).slice(1) : undefined },
        ]
      })
    messages.set(`${packageName}.${name}`, new Map(entries))
  }
}

const binary = readFileSync(binaryPath)
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
const messages = new Map()
for (let at = binary.indexOf(gzipHeader); at >= 0; at = binary.indexOf(gzipHeader, at + 8)) {
  try {
    const content = inflateRawSync(binary.subarray(at + 10, at + 200_000))
    if (/^\n.k8s\.io\/(api|apimachinery)\//s.test(content.toString('latin1', 0, 40))) readDescriptor(content, messages)
  } catch {
    // Not every such byte sequence is a gzip stream.
  }
}

const packages =
  'core apps networking discovery rbac coordination authorization authentication policy autoscaling events'
    .split(' ')
    .map((group) => `k8s.io.api.${group}.v1`)
packages.push('k8s.io.apimachinery.pkg.apis.meta.v1')
const prefixes = { CoreV1: 'core', DiscoveryV1: 'discovery', EventsV1: 'events', RbacV1: 'rbac' }

function messageOf(model) {
  const [, prefix, name] = /^([A-Za-z]*V1)(.*)$/.exec(model)
  const wanted = prefixes[prefix] === undefined ? packages : [`k8s.io.api.${prefixes[prefix]}.v1`]
  const fields = Object.keys(models[model].fields)
  const score = (message) => fields.filter((field) => message?.has(field)).length
  return wanted
    .map((name_) => messages.get(`${name_}.${name}`))
    .filter((message) => message !== undefined)
    .sort((a, b) => score(b) - score(a))[0]
}

/** Numbers by field. A Go struct that JSON inlines (a Volume's source) is a message of its own in protobuf: `inline`. */
function numbersOf(message, fields) {
  const numbers = {}
  const inline = {}
  for (const [name, { number, message: type }] of message) {
    if (name in fields) numbers[name] = number
    else if (type !== undefined && messages.has(type)) inline[number] = numbersOf(messages.get(type), fields)
  }
  return Object.keys(inline).length > 0 ? { numbers, inline } : { numbers }
}

const lines = Object.keys(models).flatMap((model) => {
  const message = messageOf(model)
  if (message === undefined) {
    console.error(`no protobuf message for ${model}`)
    return []
  }
  return [`${JSON.stringify(model)}:${JSON.stringify(numbersOf(message, models[model].fields))}`]
})
writeFileSync(new URL('protobuf.generated.json', schema), `{\n${lines.join(',\n')}\n}\n`)
