/** What a machine was found to carry, as one line of the log. */
import type { StageCosts } from '../scheduler/stage-meter.ts'
import type { Admission } from './admission.ts'

export function foundInWords({ rate, listeners, warning }: Admission, costs: StageCosts | undefined): string {
  const parts = [`this machine: ${rate.toFixed(1)} audio-s/s, ${listeners} listeners at a time`]
  if (costs !== undefined) {
    const { prefillMs, decodeMs, flowMs, vocoderMs, stepMs, rows } = costs
    const ms = (value: number) => value.toFixed(1)
    parts.push(
      `ms for a second of speech: LLM ${ms(prefillMs + decodeMs)} (a step of ${ms(rows)} rows ${ms(stepMs)}), flow ${ms(flowMs)}, vocoder ${ms(vocoderMs)}`,
    )
  }
  return [...parts, ...(warning === undefined ? [] : [warning])].join('; ')
}
