/** Name rules of k8s.io/apimachinery/pkg/util/validation, with its messages. Each check returns what is wrong. */
export type Check = (value: string) => string[]

interface Rule {
  readonly pattern: RegExp
  readonly maxLength: number
  readonly message: string
}

const rule =
  ({ pattern, maxLength, message }: Rule): Check =>
  (value) => {
    const wrong: string[] = []
    if (value.length > maxLength) wrong.push(`must be no more than ${maxLength} bytes`)
    if (!pattern.test(value)) wrong.push(message)
    return wrong
  }

/** `web-0` */
export const checkDns1123Label = rule({
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character " +
    "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
})

/** `web-0.example.com` */
export const checkDns1123Subdomain = rule({
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
    "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
})

/** `web-a`: Services. */
export const checkDns1035Label = rule({
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character " +
    "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
})

const LABEL_CHARACTERS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** A label's value, which may be empty. */
export const checkLabelValue = rule({
  pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  maxLength: 63,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
    "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
})

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const NAME_PART_REGEX = "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'"

/** A label or annotation key: `app`, `kubernetes.io/os`. */
export function checkQualifiedName(value: string): string[] {
  const parts = value.split('/')
  const [prefix, name] = parts.length === 1 ? [undefined, value] : parts
  const wrong: string[] = []
  if (parts.length > 2) {
    return [
      `a qualified name ${LABEL_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', ${NAME_PART_REGEX}) ` +
        "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ]
  }
  if (prefix === '') wrong.push('prefix part must be non-empty')
  else if (prefix !== undefined) wrong.push(...checkDns1123Subdomain(prefix).map((why) => `prefix part ${why}`))
  if (name === undefined || name === '') wrong.push('name part must be non-empty')
  else if (name.length > 63) wrong.push('name part must be no more than 63 bytes')
  if (!NAME_PART.test(name ?? '')) {
    wrong.push(`name part ${LABEL_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', ${NAME_PART_REGEX})`)
  }
  return wrong
}

/** RBAC names: anything that can be one segment of a path. */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%']
    .filter((character) => value.includes(character))
    .map((character) => `may not contain '${character}'`)
}

/** IANA service names: container and service port names. */
export function checkPortName(value: string): string[] {
  const wrong: string[] = []
  if (value.length > 15) wrong.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]*$/.test(value)) wrong.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) wrong.push('must contain at least one letter (a-z)')
  if (value.includes('--')) wrong.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) wrong.push('must not begin or end with a hyphen')
  return wrong
}

export function checkPortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive']
}

/** Names of environment variables, since Kubernetes 1.32: anything printable but `=`. */
export function checkEnvironmentName(value: string): string[] {
  return value.includes('=') || !/^[\u0020-\u007E]+$/.test(value)
    ? ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    : []
}

/** Keys of ConfigMaps and Secrets. */
export function checkConfigKey(value: string): string[] {
  const wrong: string[] = []
  if (value.length > 253) wrong.push('must be no more than 253 bytes')
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    wrong.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
        "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    )
  }
  if (value === '.' || value === '..' || value.startsWith('..'))
    wrong.push(value.startsWith('..') && value !== '..' ? "must not start with '..'" : `must not be '${value}'`)
  return wrong
}
