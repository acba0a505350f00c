import { dirname, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { invalidInput, messageOf } from '../../errors.ts'
import { certificatesIn, readTextFile } from './credential-files.ts'
import type { KubeAccess } from './kube-access.ts'
import { namedSection, readKubeconfig, type Section, textField } from './kubeconfig-document.ts'

/** Ways to be somebody that need other programs or services; ignoring them would end in a 401 that explains nothing. */
const UNSUPPORTED = {
  cluster: ['proxy-url'],
  user: ['exec', 'auth-provider', 'username', 'password', 'as', 'as-uid', 'as-groups', 'as-user-extra'],
}

/**
 * What the current context of a kubeconfig file says, with client-go's meaning: paths are relative to the file, `…-data` wins
 * over a path, and `tokenFile` over `token`.
 * @throws PacketproofError E_INVALID_INPUT that names the file, the entry and the field.
 */
export async function kubeconfigAccess(path: string): Promise<KubeAccess> {
  const config = await readKubeconfig(path)
  const current = textField(config, 'current-context')
  if (current === undefined) throw invalidInput(`${config.title} has no current-context`)
  const context = namedSection(config, 'context', current)
  const clusterName = textField(context, 'cluster')
  if (clusterName === undefined) throw invalidInput(`${context.title} names no cluster`)
  const cluster = namedSection(config, 'cluster', clusterName)
  const userName = textField(context, 'user')
  const user = userName === undefined ? { title: context.title, fields: {} } : namedSection(config, 'user', userName)
  refuseUnsupported(cluster, UNSUPPORTED.cluster)
  refuseUnsupported(user, UNSUPPORTED.user)
  const folder = dirname(resolve(path))
  return {
    server: serverOf(cluster),
    tls: { ...trustOf(cluster, folder), ...identityOf(user, folder) },
    token: tokenOf(user, folder),
  }
}

function refuseUnsupported(section: Section, names: readonly string[]): void {
  const name = names.find((candidate) => section.fields[candidate] !== undefined && section.fields[candidate] !== null)
  if (name === undefined) return
  throw invalidInput(`${section.title}: ${name} is not supported`, {
    hint: 'Use a token, a tokenFile or a client certificate.',
  })
}

function serverOf(cluster: Section): URL {
  const text = textField(cluster, 'server')
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && ['https:', 'http:'].includes(url.protocol)) return url
  const found = text === undefined ? 'it has none' : `found ${JSON.stringify(text)}`
  throw invalidInput(`${cluster.title}: server: expected https://HOST:PORT, ${found}`)
}

function trustOf(cluster: Section, folder: string): KubeAccess['tls'] {
  const servername = textField(cluster, 'tls-server-name')
  const name = servername === undefined ? {} : { servername }
  const skip = cluster.fields['insecure-skip-tls-verify'] ?? false
  if (typeof skip !== 'boolean') {
    throw invalidInput(`${cluster.title}: insecure-skip-tls-verify is ${JSON.stringify(skip)}: expected true or false`)
  }
  const ca = pemOf(cluster, 'certificate-authority', folder)
  if (skip && ca !== undefined) {
    throw invalidInput(`${cluster.title}: insecure-skip-tls-verify and a certificate-authority exclude each other`)
  }
  if (skip) return { ...name, rejectUnauthorized: false }
  if (ca === undefined) return name
  return { ...name, ca: certificatesIn(ca, `${cluster.title}: certificate-authority`, 'E_INVALID_INPUT') }
}

function identityOf(user: Section, folder: string): KubeAccess['tls'] {
  const cert = pemOf(user, 'client-certificate', folder)
  const key = pemOf(user, 'client-key', folder)
  if (cert === undefined && key === undefined) return {}
  if (cert === undefined || key === undefined) {
    const [has, lacks] =
      cert === undefined ? ['client-key', 'client-certificate'] : ['client-certificate', 'client-key']
    throw invalidInput(`${user.title} has a ${has} and no ${lacks}`)
  }
  certificatesIn(cert, `${user.title}: client-certificate`, 'E_INVALID_INPUT')
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw invalidInput(`${user.title}: client-certificate and client-key cannot be used: ${messageOf(cause)}`, {
      cause,
    })
  }
  return { cert, key }
}

function tokenOf(user: Section, folder: string): KubeAccess['token'] {
  const token = textField(user, 'token')
  const file = textField(user, 'tokenFile')
  if (file === undefined) return () => token
  const read = (code: 'E_INVALID_INPUT' | 'E_ENVIRONMENT'): string =>
    readTextFile(resolve(folder, file), `${user.title}: tokenFile`, { code }).trim()
  read('E_INVALID_INPUT')
  return () => read('E_ENVIRONMENT')
}

/** `NAME-data` (base64), or else the file that `NAME` names. */
function pemOf(section: Section, name: string, folder: string): string | undefined {
  const data = textField(section, `${name}-data`)
  if (data !== undefined) {
    const text = Buffer.from(data, 'base64').toString()
    if (text.includes('-----BEGIN ')) return text
    throw invalidInput(`${section.title}: ${name}-data: expected PEM in base64`)
  }
  const file = textField(section, name)
  if (file === undefined) return undefined
  return readTextFile(resolve(folder, file), `${section.title}: ${name}`, { code: 'E_INVALID_INPUT' })
}
