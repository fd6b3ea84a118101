/** Words and sentences with their times → events of a socket, as its first message asked for them. */
import type { WsInit } from '../../api/speech-params.ts'
import type { TimedText, TimeUnit } from '../../core/timed-text.ts'

type Asked = Pick<WsInit, 'timestamps'>

/** Undefined where no times are asked for. */
export function unitOf({ timestamps }: Asked): TimeUnit | undefined {
  return timestamps === 'none' ? undefined : timestamps
}

/** Seconds count from the utterance's first sample, places in the text that was sent for it. */
export function tellTimes(
  send: (event: object) => void,
  init: Asked | undefined,
  utterance: number,
  times: readonly TimedText[],
): void {
  const unit = init && unitOf(init)
  if (unit !== undefined) for (const time of times) send({ event: unit, utterance, ...time })
}
