import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { messageOf } from '../../../../errors.ts'

const timeoutMs = 5000

/** What `/dial` answers: a text for each try that came back, and for each that did not, why. */
export interface DialAnswer {
  readonly responses?: readonly string[]
  readonly errors?: readonly string[]
}

/** Asks another server over HTTP in the caller's stead: `host`, `port`, `request` (its path, without the slash) and `tries`. */
export async function dial(parameters: URLSearchParams): Promise<DialAnswer> {
  const protocol = parameters.get('protocol') ?? 'http'
  const host = parameters.get('host') ?? ''
  const port = parameters.get('port') ?? ''
  const tries = Number(parameters.get('tries') ?? 1)
  if (protocol !== 'http') return { errors: [`unsupported protocol: ${protocol}`] }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/${parameters.get('request') ?? ''}`
  if (!URL.canParse(url)) return { errors: [`"${url}" is not a URL`] }
  const responses: string[] = []
  const errors: string[] = []
  for (let attempt = 0; attempt < Math.min(tries, 100); attempt += 1) {
    await ask(url).then(
      (answer) => responses.push(answer),
      (error: unknown) => errors.push(messageOf(error)),
    )
  }
  return { ...(responses.length > 0 && { responses }), ...(errors.length > 0 && { errors }) }
}

async function ask(url: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get(url, { timeout: timeoutMs, agent: false }, (response) => {
      text(response).then(resolve, reject)
    })
      .on('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error(`no answer within ${timeoutMs} ms`))
      })
      .on('error', reject)
  })
}
