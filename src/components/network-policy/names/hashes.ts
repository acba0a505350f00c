import { createHash } from 'node:crypto'

/*
 * The names that Felix makes, and how it makes them (projectcalico/calico: felix/hashutils, felix/generictables,
 * libcalico-go/lib/hash, cni-plugin).
 */

const chainNameLength = 28
/** ipset(8) allows 31 characters. */
const setNameLength = 31

/** The node's end of a pod's veth: `cali` and the first 11 digits of SHA-1 of `NAMESPACE.POD`. */
export function workloadInterface(namespace: string, pod: string, prefix = 'cali'): string {
  return prefix + createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, 11)
}

/** A chain's name: prefix and id as they are when they fit, else the prefix, `_` and part of the id's SHA-256. */
export function chainName(prefix: string, id: string): string {
  const name = prefix + id
  // One that is exactly as long and begins so might be mistaken for a shortened one.
  const isClear = name.length < chainNameLength || (name.length === chainNameLength && !id.startsWith('_'))
  if (isClear) return name
  return `${prefix}_${createHash('sha256').update(id).digest('base64url')}`.slice(0, chainNameLength)
}

/** The id of a set: `KIND:` and SHA-224 of the same with the content. */
export function uniqueId(kind: string, content: string): string {
  return `${kind}:${createHash('sha224').update(`${kind}:${content}`).digest('base64url')}`
}

/** A set's name in the kernel. */
export function setName(family: 4 | 6, id: string): string {
  return `cali${family}0${id}`.slice(0, setNameLength)
}

/**
 * The hash comments of a chain's rules: each is made of the one before and the rule's text, so a rule that changes changes all after
 * it.
 * @param chain for the rules that Felix appends to a kernel's chain this is `CHAIN*appends*`
 * @param texts the rules as Felix words them, without `-A CHAIN`
 */
export function ruleHashes(chain: string, texts: readonly string[]): string[] {
  let last = createHash('sha224').update(chain).digest()
  return texts.map((text) => {
    last = createHash('sha224').update(last).update(`-A ${chain} HASH ${text}`).digest()
    return last.toString('base64url').slice(0, 16)
  })
}
