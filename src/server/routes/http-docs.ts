/** `/openapi.json`, `/asyncapi.json` and `/docs`: the API's descriptions, and pages that need no other server. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createAsyncApi, messagesOf } from '../../api/asyncapi.ts'
import { createOpenApi } from '../../api/openapi.ts'
import { TtsError } from '../../core/errors.ts'
import type { Call, Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { respond, sendJson } from '../transport/respond.ts'
import { headerOf } from '../transport/transport.ts'
import { webSocketPage } from './websocket-page.ts'

const VIEWER_FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>light-tts API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<noscript>The description itself is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** The viewer lets the browser ask the address of an answer for its audio again; what came is played instead. */
const START_SCRIPT = `const came = new Map()
const keep = (answer) => {
  if (answer.data instanceof Blob && answer.data.type.startsWith('audio/')) came.set(answer.url, URL.createObjectURL(answer.data))
  return answer
}
new MutationObserver(() => {
  for (const source of document.querySelectorAll('audio > source')) {
    const audio = came.get(source.src)
    if (audio !== undefined && source.parentElement.src !== audio) source.parentElement.src = audio
  }
}).observe(document.body, { childList: true, subtree: true })
SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true, responseInterceptor: keep })
`

/** Nothing from elsewhere may run in the page; the viewer styles its elements inline. */
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:"

export function docsRoutes(context: ServerContext): Route[] {
  const exampleVoice = () => context.synthesizer.listVoices().find(({ origin }) => origin === 'bundle')?.id
  const describe = () =>
    createOpenApi({
      maxTextLength: context.config.limits.max_text_length,
      hasKeys: !context.keys.isOpen,
      exampleVoice: exampleVoice(),
    })
  const html: [string, string] = ['Content-Type', 'text/html; charset=utf-8']
  return [
    {
      method: 'GET',
      pattern: '/asyncapi.json',
      policy: 'public',
      handle: ({ exchange }) =>
        sendJson(
          exchange,
          200,
          createAsyncApi({
            hasKeys: !context.keys.isOpen,
            exampleVoice: exampleVoice(),
            host: headerOf(exchange.head, 'host') ?? 'localhost',
            // What a proxy in front says; a client that makes it up misleads itself alone.
            isSecure: headerOf(exchange.head, 'x-forwarded-proto') === 'https',
            basePath: context.config.server.basePath,
          }),
        ),
    },
    {
      method: 'GET',
      pattern: '/docs/websocket',
      policy: 'public',
      handle: ({ exchange }) =>
        respond(
          exchange,
          200,
          [html, ['Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'"]],
          webSocketPage(messagesOf(exampleVoice()), context.config.server.basePath),
        ),
    },
    {
      method: 'GET',
      pattern: '/openapi.json',
      policy: 'public',
      handle: ({ exchange }) => sendJson(exchange, 200, describe()),
    },
    {
      method: 'GET',
      pattern: '/docs',
      policy: 'public',
      handle: ({ exchange }) => {
        // The page's addresses are relative, for the path that a proxy may put in front.
        if (exchange.head.path.endsWith('/')) respond(exchange, 308, [['Location', '../docs']], '')
        else respond(exchange, 200, [html, ['Content-Security-Policy', PAGE_POLICY]], DOCS_PAGE)
      },
    },
    {
      method: 'GET',
      pattern: '/docs/start.js',
      policy: 'public',
      handle: ({ exchange }) =>
        respond(exchange, 200, [['Content-Type', 'text/javascript; charset=utf-8']], START_SCRIPT),
    },
    ...Object.entries(VIEWER_FILES).map(
      ([name, type]): Route => ({
        method: 'GET',
        pattern: `/docs/${name}`,
        policy: 'public',
        handle: (call) => sendViewerFile(call, name, type),
      }),
    ),
  ]
}

const viewerFiles = new Map<string, Uint8Array>()

/** Read once, when first asked for: most servers never show the page. */
function sendViewerFile({ exchange }: Call, name: string, type: string): void {
  const bytes = viewerFiles.get(name) ?? readViewerFile(name)
  viewerFiles.set(name, bytes)
  respond(exchange, 200, [['Content-Type', type]], bytes)
}

/** The viewer is not installed where only what serving needs is. */
function readViewerFile(name: string): Uint8Array {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
    return readFileSync(join(folder, name))
  } catch (cause) {
    throw new TtsError('NOT_FOUND', 'Not found', 'expected the documentation viewer to be installed', {
      cause,
    })
  }
}
