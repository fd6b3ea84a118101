/** A process of its own: one server over a scripted synthesizer, which drains on SIGTERM as the product does. */
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import { createServer } from '../../src/server/server.ts'
import type { Script } from '../helpers/script.ts'
import { ScriptedSynthesizer } from '../helpers/scripted-synthesizer.ts'

/** What its one argument says, as JSON. */
export interface NodeOrder {
  readonly port: number
  /** `key=value` settings. */
  readonly set: readonly string[]
  readonly script: Partial<Script>
}

const order = JSON.parse(process.argv[2] ?? '') as NodeOrder
const server = await createServer({
  config: loadConfig({
    set: [`server.port=${order.port}`, 'limits.max_share_per_address=1', ...order.set],
  }),
  synthesizer: new ScriptedSynthesizer(order.script),
  logger: pino({ level: 'silent' }),
  metrics: createMetrics(),
})
process.on('SIGTERM', async () => {
  await server.drain()
  await server.close()
  process.exit(0)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
