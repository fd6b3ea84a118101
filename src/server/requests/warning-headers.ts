/** What a client should know of an answer that it gets nevertheless, as headers. */
import type { PromptWarning } from '../../core/speech-port.ts'
import type { HeaderList } from '../transport/transport.ts'

/** Of its recording: `X-Prompt-Warning: clipped, short`. */
export function promptHeaders(warnings: readonly PromptWarning[] = []): HeaderList {
  return warnings.length === 0 ? [] : [['X-Prompt-Warning', warnings.join(', ')]]
}

const MAX_HEADER_CHARACTERS = 500

/** Of its text: `X-Text-Warning: blocks of code are not read out`. Printable ASCII only, whatever the text holds. */
export function textHeaders(warnings: readonly string[] = []): HeaderList {
  const line = warnings.join('; ').replace(/[^\x20-\x7e]/g, '?')
  return line === '' ? [] : [['X-Text-Warning', line.slice(0, MAX_HEADER_CHARACTERS)]]
}
