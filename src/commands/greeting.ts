/** What a server says once it is ready: to the log, and to a person at a terminal how to use it. */
import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import type { RunningServer } from '../server/server.ts'

export function greet(config: Config, server: RunningServer, logger: Logger): void {
  const host = config.server.host === '127.0.0.1' ? 'localhost' : config.server.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`
  logger.info({ url, transport: server.transport }, 'ready')
  if (!process.stderr.isTTY) return
  const keyed = config.server.apiKeys.length > 0 ? " -H 'Authorization: Bearer YOUR-KEY'" : ''
  process.stderr.write(
    [
      '',
      `  light-tts speaks at ${url}`,
      `  Try it there in a browser, or:  curl ${url}/v1/audio/speech${keyed} -H 'Content-Type: application/json' -d '{"input":"Good morning, and welcome."}' -o hello.mp3`,
      ...(config.limits.rate_limit === 'off'
        ? []
        : [`  Each address may ask ${config.limits.rate_limit}; more: --set limits.rate_limit=off`]),
      '  API: /docs   Health: /readiness   Metrics: /metrics   Stop: Ctrl-C',
      '',
      '',
    ].join('\n'),
  )
}
