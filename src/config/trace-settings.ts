/** Settings of traces: where they go, and how many. */
import { z } from 'zod'

export const traces = z.strictObject({
  endpoint: z
    .string()
    .refine(
      (text) => text === '' || /^https?:\/\/[^\s/]+\/\S*$/.test(text),
      'expected a collector such as http://localhost:4318/v1/traces',
    )
    .default('')
    .describe(
      'OTLP collector of OpenTelemetry traces, such as http://localhost:4318/v1/traces; stages and times of syntheses, no text and no audio; empty: none',
    ),
  ratio: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('share of syntheses that are traced where the traceparent of the client does not say'),
})
