/** Settings of what other programs reach this server by, beside its own API. */
import { z } from 'zod'

export const wyoming = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe(
      'TCP port for the Wyoming protocol of Home Assistant, which knows no keys (others use 10200); 0: none',
    ),
  host: z.string().min(1).default('127.0.0.1').describe('address of wyoming.port'),
})

export const openai = z.strictObject({
  voices: z
    .record(z.string().trim().min(1).max(200), z.string().trim().min(1).max(200))
    .default({})
    .describe(
      'names of voices → stored voices, such as alloy: grace; names of OpenAI that are not here mean a stored voice of the language and sex',
    ),
  strictModel: z
    .boolean()
    .default(false)
    .describe('whether a model that is not served is 404 on /v1 where only one is served'),
})

export const mcp = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'whether agents may speak by the Model Context Protocol at /mcp, under the keys and limits of the API',
    ),
})
