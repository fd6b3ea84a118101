/**
 * One synthesis over HTTP, from admission to the last byte: the same steps for every route that speaks.
 *
 * The order: admit, read the request, prepare the voice, speak, send. Whichever step ends it, it gives back everything
 * that it took.
 */
import { toTtsError } from '../../api/error-body.ts'
import { checkSpeechSeconds, estimateSpeechSeconds } from '../../api/speech-seconds.ts'
import { countCharacters } from '../../core/characters.ts'
import { TtsError } from '../../core/errors.ts'
import type {
  SpeechOptions,
  SpeechStream,
  TextOptions,
  VoiceHandle,
  VoiceRequest,
  WorkFor,
} from '../../core/speech-port.ts'
import type { TimeUnit } from '../../core/timed-text.ts'
import { inStage } from '../../core/trace.ts'
import type { LentPlace } from '../limits/coming-places.ts'
import { textTurn } from '../limits/text-turns.ts'
import { sendError } from '../transport/respond.ts'
import type { HttpExchange } from '../transport/transport.ts'
import { audioHeaders, type OutputFormat } from './audio-output.ts'
import {
  type AudioResponse,
  type Envelope,
  type SpeechUsage,
  sendSpeech,
  streamSpeech,
} from './audio-response.ts'
import { rateKey } from './client-address.ts'
import type { GrantedKey } from './key-ring.ts'
import type { Call } from './router.ts'
import { assertAccepting, type ServerContext } from './server-context.ts'
import { outcomeOf, SynthesisRecord } from './synthesis-record.ts'
import { sendTimed, type TimedAnswer } from './timed-answer.ts'
import { promptHeaders, textHeaders } from './warning-headers.ts'

/** What a route's fields ask for, after validation. */
export interface SynthesisRequest {
  readonly text: string
  /** A recording whose words are said instead of a text. */
  readonly source?: Uint8Array
  readonly textOptions: TextOptions
  readonly style: Pick<SpeechOptions, 'instruct' | 'mode' | 'promptInstruction'>
  readonly voice: VoiceRequest
  readonly model: string
  readonly speed: number
  readonly seed: number | undefined
  readonly stream: boolean
  readonly output: OutputFormat
  readonly contentType: string
  /** How the encoder's bytes are wrapped; `usage` is known at their end. */
  readonly envelope?: (usage: () => SpeechUsage | undefined, unit?: TimeUnit) => Envelope
  /** What is told with its time, in the envelope's events or in `timed`. */
  readonly timestamps?: TimeUnit | undefined
  /** The answer is not audio but holds it, or times alone. */
  readonly timed?: TimedAnswer | undefined
  /** Where the route takes other texts than the rest. */
  readonly limits?: SpeechOptions['limits']
}

/**
 * Runs one synthesis. `read` turns the call's body into a request and says how to forget the body; `lost` is aborted where
 * the body is wanted no more.
 */
export async function handleSynthesis(
  context: ServerContext,
  call: Call,
  read: (lost: AbortSignal) => Promise<{ readonly request: SynthesisRequest; release(): void }>,
): Promise<void> {
  const { exchange, log } = call
  const record = new SynthesisRecord(context, 'http', call.key?.name)
  record.follow(call.trace)
  let releaseSlot = () => {}
  try {
    const place = await admitComing(context, call)
    releaseSlot = place.release
    const { request, release } = await read(place.lost)
    record.started()
    record.about({
      voice: request.voice.kind === 'stored' ? request.voice.id : 'recording',
      model: request.model,
      characters: countCharacters(request.text),
    })
    try {
      place.keep()
      await speakTo(context, call, request, record)
    } finally {
      release()
    }
    record.end('ok')
  } catch (cause) {
    const error = toTtsError(cause)
    record.end(outcomeOf(error))
    if (error.code === 'OVERLOADED') {
      // What it held is free before it is told.
      releaseSlot()
      await context.refusals.turn(signalOf(exchange))
    } else if (error.status >= 500) logFailure(call, error)
    if (!exchange.closed) sendError(exchange, error)
  } finally {
    releaseSlot()
    log.info(record.facts(), 'synthesis')
  }
}

/** The caller: by address, and by key where keys are in use. */
export interface Caller {
  readonly client: string
  readonly key: GrantedKey | undefined
}

/**
 * Takes a place and counts against the client's rate, in this order: a full server costs a client nothing. Everything
 * that costs more than an answer from memory begins here: syntheses, and recordings to prepare.
 */
export async function admit(
  context: ServerContext,
  { client, key }: Caller,
  rate: 'counted' | 'prepaid' = 'counted',
): Promise<() => void> {
  assertAccepting(context)
  const address = rateKey(client)
  const release = context.ledger.takeRequest(address)
  try {
    if (rate === 'counted') await countRate(context, address, key)
    return release
  } catch (error) {
    release()
    throw error
  }
}

/**
 * The same for a request whose body is still coming. Its place may be lost to a newer one until `keep` is called.
 * A client beyond its rate takes no place from others.
 */
export async function admitComing(context: ServerContext, { client, key }: Caller): Promise<LentPlace> {
  assertAccepting(context)
  const address = rateKey(client)
  const place = context.ledger.lendRequest(address)
  try {
    await countRate(context, address, key)
  } catch (error) {
    place?.release()
    throw error
  }
  return place ?? context.ledger.lendRequest(address, { reclaim: true })
}

async function countRate(context: ServerContext, address: string, key: Caller['key']): Promise<void> {
  try {
    await context.rates.consume(address, key)
  } catch (error) {
    if (error instanceof TtsError && error.code === 'RATE_LIMITED') context.metrics.rateLimited.inc()
    throw error
  }
}

/** Prepares a voice and counts whether the cache had it. */
export async function prepareVoice(
  context: ServerContext,
  voice: VoiceRequest,
  model: string,
  work: WorkFor,
): Promise<VoiceHandle> {
  const handle = await context.synthesizer.prepareVoice(voice, model, work)
  context.metrics.voiceCache.inc({ result: handle.cached ? 'hit' : 'miss' })
  return handle
}

/** What a client's preparations are bounded by: its leaving, and the time that a synthesis may take to begin. */
export function workFor(context: ServerContext, client: string, signal: AbortSignal): WorkFor {
  return { client: rateKey(client), signal, timeoutMs: context.config.server.requestTimeoutMs }
}

/** Aborted when the client goes before its answer has ended. */
export function signalOf(exchange: HttpExchange): AbortSignal {
  const left = new AbortController()
  exchange.onAbort(() => left.abort())
  return left.signal
}

/** Throws what `speak` would where such a speech could not begin in time. */
export function assertRoom(
  { synthesizer, config }: ServerContext,
  { client }: Pick<Call, 'client'>,
  request: Pick<SynthesisRequest, 'text' | 'model' | 'stream'>,
): void {
  const timeoutMs = config.server.requestTimeoutMs
  const asked = { model: request.model, priority: priorityOf(request), timeoutMs, client: rateKey(client) }
  synthesizer.assertRoom(asked, request.text)
}

function priorityOf({ stream }: Pick<SynthesisRequest, 'stream'>): SpeechOptions['priority'] {
  return stream ? 'stream' : 'batch'
}

async function speakTo(
  context: ServerContext,
  call: Call,
  request: SynthesisRequest,
  record: SynthesisRecord,
): Promise<void> {
  const { exchange } = call
  const work = workFor(context, call.client, signalOf(exchange))
  assertRoom(context, call, request)
  checkSpeechSeconds(request.text, request.limits?.seconds ?? context.config.limits.max_speech_seconds)
  const source =
    request.source === undefined
      ? undefined
      : await context.synthesizer.prepareSource(request.source, request.model, work)
  const seconds = source?.seconds ?? estimateSpeechSeconds(request.text)
  await context.rates.consumeSpeech(work.client, seconds, call.key)
  const voice = await inStage(call.trace, 'prompt', () =>
    prepareVoice(context, request.voice, request.model, work),
  )
  let speech: SpeechStream | undefined
  try {
    await textTurn()
    if (exchange.closed) throw new TtsError('CANCELLED', 'Cancelled', 'the client left')
    const options: SpeechOptions = {
      voice,
      client: work.client,
      model: request.model,
      text: request.textOptions,
      ...request.style,
      speed: request.speed,
      seed: request.seed,
      priority: priorityOf(request),
      sampling: 'ras',
      timeoutMs: work.timeoutMs,
      trace: call.trace,
      timestamps: request.timestamps,
      ...(request.limits === undefined ? {} : { limits: request.limits }),
    }
    speech =
      source === undefined
        ? context.synthesizer.speak(request.text, options)
        : context.synthesizer.convert(source, options)
    const { tokens } = speech
    exchange.onAbort(speech.cancel.bind(speech))
    const envelope = request.envelope?.(() => usageOf(tokens, record.audioSeconds), request.timestamps)
    const response: AudioResponse = {
      exchange,
      output: request.output,
      headers: [
        ['Content-Type', request.contentType],
        ...audioHeaders(request.output),
        // Balancers that read it hand each piece on at once.
        ...(request.stream ? [['X-Accel-Buffering', 'no'] as const] : []),
        ...promptHeaders(voice.warnings),
        ...textHeaders(speech.warnings),
      ],
      record,
      stallMs: context.config.server.writeStallMs,
      ...(envelope === undefined ? {} : { envelope }),
    }
    if (request.timed !== undefined) await sendTimed(speech, request.timed, response)
    else await (request.stream ? streamSpeech : sendSpeech)(speech, response)
  } finally {
    speech?.cancel()
    voice.release()
  }
}

function usageOf(tokens: SpeechStream['tokens'], audioSeconds: number): SpeechUsage | undefined {
  if (tokens === undefined) return undefined
  const output = Math.round(audioSeconds * tokens.perSecond)
  return { input_tokens: tokens.text, output_tokens: output, total_tokens: tokens.text + output }
}

/** The whole cause chain goes to the log, none of it to the client. */
function logFailure(call: Call, error: TtsError): void {
  call.log.error({ error_code: error.code, detail: error.detail, err: error.cause }, 'synthesis failed')
}
