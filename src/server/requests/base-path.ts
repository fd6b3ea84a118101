/** `server.basePath`: where a proxy hands a path on as it came, the part in front of this server's own paths. */
import type { RequestHead } from '../transport/transport.ts'

/** The head with the path that routes know: without the base where it has it, and as it is elsewhere. */
export function withoutBase(head: RequestHead, base: string): RequestHead {
  if (base === '' || !head.path.startsWith(`${base}/`)) return head
  return { ...head, path: head.path.slice(base.length) }
}

/** Where a browser is sent that asked for the base itself: relative addresses of the page need the slash. */
export function pageOf(head: RequestHead, base: string): string | undefined {
  const isPage = base !== '' && head.path === base && (head.method === 'GET' || head.method === 'HEAD')
  return isPage ? `${base}/` : undefined
}
