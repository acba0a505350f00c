import { notAcceptable } from '../status-error.ts'

/** How the client wants its answer. */
export interface AcceptedFormat {
  readonly encoding: 'json' | 'yaml'
  /** `as=` of the Accept header: what kind of object the answer is rendered as. */
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'
  /** `v=` of the Accept header. */
  readonly version: string
}

const encodings: Readonly<Record<string, 'json' | 'yaml'>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/*': 'json',
  '*/*': 'json',
}
const renderings = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList', 'APIGroupDiscoveryList'] as const
const plainJson: AcceptedFormat = { encoding: 'json', as: 'object', version: '' }

/**
 * The first media type of an Accept header that this server can answer in.
 * @throws StatusError 406 when there is none (protobuf or CBOR alone).
 */
export function negotiate(accept: string | undefined): AcceptedFormat {
  if (accept === undefined || accept.trim() === '') return plainJson
  for (const part of accept.split(',')) {
    const format = readMediaType(part)
    if (format !== undefined) return format
  }
  throw notAcceptable(['application/json', 'application/yaml'])
}

function readMediaType(text: string): AcceptedFormat | undefined {
  const [type = '', ...parameters] = text.split(';').map((piece) => piece.trim())
  const encoding = encodings[type.toLowerCase()]
  if (encoding === undefined) return undefined
  const values = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]))
  const as = values.get('as')
  if (as === undefined) return { ...plainJson, encoding }
  const rendering = renderings.find((candidate) => candidate === as)
  const version = values.get('v') ?? ''
  const isServed = version === 'v1' || (rendering === 'APIGroupDiscoveryList' && version === 'v2')
  return rendering === undefined || !isServed ? undefined : { encoding, as: rendering, version }
}
