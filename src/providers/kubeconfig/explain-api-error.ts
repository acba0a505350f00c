import { messageOf, PacketproofError } from '../../errors.ts'

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it ended the connection',
}

/** What went wrong with a request to a cluster that is not ours, for people. @param server its address */
export function explainApiError(error: unknown, server: string): PacketproofError {
  if (error instanceof PacketproofError) return error
  const { code, body } = error as { code?: number | string; body?: unknown }
  if (code === 401) {
    return environment(error, `${server} does not accept the credential of the kubeconfig (401)`, {
      hint: 'it may have expired: sign in again, or choose another context with --context',
    })
  }
  if (code === 403) {
    return environment(error, `${server} forbids it (403): ${statusMessage(body) ?? messageOf(error)}`, {
      hint: 'ask for that verb on that resource, or use a context with more rights',
    })
  }
  const cause = rootOf(error)
  const known = connectionProblems[String(cause.code)]
  if (known !== undefined) {
    return environment(error, `${server} cannot be reached: ${known}`, {
      hint: 'is the cluster running, and is this its address? (kubectl cluster-info)',
    })
  }
  if (isTls(cause)) {
    return environment(
      error,
      `${server}: its TLS certificate is not the one that the kubeconfig expects: ${cause.message}`,
      {
        hint: 'is it the same cluster still? Renew the kubeconfig, or its certificate-authority',
      },
    )
  }
  return environment(error, `${server}: ${statusMessage(body) ?? messageOf(error)}`, {})
}

function isTls({ code, message }: { readonly code?: unknown; readonly message: string }): boolean {
  return (
    /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(String(code)) ||
    /certificate|SSL/.test(message)
  )
}

function environment(cause: unknown, message: string, more: { readonly hint?: string }): PacketproofError {
  return new PacketproofError('E_ENVIRONMENT', message, { ...more, cause })
}

/** Libraries wrap the error of the socket. */
function rootOf(error: unknown): { readonly code?: unknown; readonly message: string } {
  const found = error as { code?: unknown; cause?: unknown; message?: string }
  if (typeof found.code !== 'string' && found.cause !== undefined) return rootOf(found.cause)
  return { code: found.code, message: found.message ?? String(error) }
}

function statusMessage(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined
  try {
    return (JSON.parse(body) as { message?: string }).message
  } catch {
    return body.trim() === '' ? undefined : body.trim().slice(0, 300)
  }
}
