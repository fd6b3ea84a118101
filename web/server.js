/** Requests to the server that this page came from, by addresses relative to the page: it may lie below a path. */

/** What the server refused: its body, and the seconds after which to try again. */
export class Refusal extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ? `${body.message}: ${body.detail}` : `${status} ${body.message ?? ''}`)
    this.name = 'Refusal'
    this.status = status
    this.code = body.error_code
    this.detail = body.detail
    this.retryAfter = retryAfter
  }
}

export const address = (path) => new URL(path, document.baseURI)

const key = () => document.getElementById('key').value.trim()

/** Resolves with an answer that is fine. Throws a Refusal, or what `fetch` throws. */
export async function ask(path, options = {}) {
  const headers = { 'X-Light-TTS-Page': '1', ...options.headers }
  if (key()) headers.Authorization = `Bearer ${key()}`
  const answer = await fetch(address(path), { ...options, headers })
  if (answer.ok) return answer
  const body = await answer.json().catch(() => ({ message: answer.statusText }))
  const wait = answer.headers.get('Retry-After')
  throw new Refusal(answer.status, body, wait === null ? undefined : Number(wait))
}

export const askJson = async (path, options) => (await ask(path, options)).json()

export const postJson = (path, body, options = {}) =>
  ask(path, {
    ...options,
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })

/** `protocol` shows the server that the socket is its own page's. */
export function openSocket(path, protocol) {
  const to = address(path)
  to.protocol = to.protocol.replace('http', 'ws')
  const protocols = ['light-tts', ...(key() ? [`bearer.${key()}`] : []), ...(protocol ? [protocol] : [])]
  return new WebSocket(to, protocols)
}

/** What the page must know of the server: see `src/server/routes/http-page.ts`. */
export const readSettings = () => askJson('page/settings')
