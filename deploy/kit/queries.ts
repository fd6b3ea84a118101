/** Questions to Prometheus that several parts of the kit ask: scaling, alerts, the dashboard. */

/** Streams under way or waiting, as a number of full nodes. A queued one is an active one already, so it counts once. */
export const USED_NODES = 'sum(light_tts_requests_active) / clamp_min(avg(light_tts_capacity_listeners), 1)'

/** p95 of the wait for a slot, in seconds. */
export const QUEUE_SECONDS = quantile(0.95, 'light_tts_queue_wait_seconds')

/** p95 from the end of a request to its first audio, in seconds. */
export const FIRST_AUDIO_SECONDS = quantile(0.95, 'light_tts_time_to_first_audio_seconds')

/** Seconds of audio that listeners get per second. */
export const GOODPUT = 'sum(rate(light_tts_audio_seconds_total[5m]))'

/** Share of requests that are refused, of all that ended. */
export const REFUSED = shareOf('rejected')
export const FAILED = shareOf('failed')

/** Gaps that listeners hear, for each speech that ended well. */
export const UNDERRUNS =
  'sum(rate(light_tts_underruns_total[5m])) / clamp_min(sum(rate(light_tts_requests_total{outcome="ok"}[5m])), 0.001)'

function quantile(q: number, metric: string): string {
  return `histogram_quantile(${q}, sum by (le) (rate(${metric}_bucket[5m])))`
}

function shareOf(outcome: string): string {
  const rate = (labels: string) => `sum(rate(light_tts_requests_total${labels}[5m]))`
  return `${rate(`{outcome="${outcome}"}`)} / clamp_min(${rate('')}, 0.001)`
}
