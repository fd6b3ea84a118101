/**
 * Traces by OpenTelemetry, sent to a collector by OTLP over HTTP. The packages are loaded here alone, and only when a
 * collector is set: they are optional.
 */
import { hostname } from 'node:os'
import type * as Api from '@opentelemetry/api'
import { describeError, TtsError } from '../core/errors.ts'
import { monotonicMs } from '../core/monotonic.ts'
import { productVersion } from '../core/product-version.ts'
import type { Trace, TraceFacts, Traces } from '../core/trace.ts'

/** ms that the server's end waits for the collector. */
const CLOSE_LIMIT_MS = 2000
const EXPORT_LIMIT_MS = 5000
/** A collector that is away is told of once in so long, ms. */
const TELL_EVERY_MS = 60_000

export interface TracesOptions {
  /** Such as `http://collector:4318/v1/traces`. */
  readonly endpoint: string
  /** Share of requests that are recorded, 0 to 1, where the client's own trace does not decide. */
  readonly ratio: number
  readonly log: (line: string) => void
}

/** Throws BAD_CONFIG where the packages are not installed. */
export async function openTraces({ endpoint, ratio, log }: TracesOptions): Promise<Traces> {
  const { api, core, resources, sdk, otlp } = await load()
  let toldMs = Number.NEGATIVE_INFINITY
  const tell = (...[message]: readonly unknown[]) => {
    if (monotonicMs() - toldMs < TELL_EVERY_MS) return
    toldMs = monotonicMs()
    log(`traces cannot be sent to ${endpoint}: ${String(message).slice(0, 200)}`)
  }
  const quiet = () => {}
  core.setGlobalErrorHandler((error) => tell(error instanceof Error ? error.message : String(error)))
  const exporter = new otlp.OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_LIMIT_MS })
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? 'light-tts',
      'service.version': productVersion(),
      'host.name': hostname(),
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_LIMIT_MS })],
  })
  const sink = { error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet }
  api.diag.setLogger(sink, { suppressOverrideMessage: true })
  const tracer = provider.getTracer('light-tts')
  const propagator = new core.W3CTraceContextPropagator()
  const epochMs = performance.timeOrigin + performance.now() - monotonicMs()
  return {
    begin: (name, headerOf, facts = {}) => {
      const carrier = { get: (_: unknown, key: string) => headerOf(key), keys: () => [] }
      const parent = propagator.extract(api.ROOT_CONTEXT, undefined, carrier)
      const span = tracer.startSpan(
        name,
        { kind: api.SpanKind.SERVER, startTime: epochMs + monotonicMs(), attributes: { ...facts } },
        parent,
      )
      return traceOf(api, tracer, span, epochMs)
    },
    close: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref())
      await Promise.race([provider.shutdown().catch(tell), late])
      api.diag.disable()
    },
  }
}

/** `epochMs` is what the monotonic clock's zero is in UTC. */
function traceOf(api: typeof Api, tracer: Api.Tracer, span: Api.Span, epochMs: number): Trace {
  const own = span.spanContext()
  const context = api.trace.setSpan(api.ROOT_CONTEXT, span)
  const flags = own.traceFlags.toString(16).padStart(2, '0')
  return {
    traceparent: `00-${own.traceId}-${own.spanId}-${flags}`,
    traceId: own.traceId,
    isRecorded: span.isRecording(),
    stage: (name: string, fromMs: number, toMs: number, facts: TraceFacts = {}) => {
      const options = { startTime: epochMs + fromMs, attributes: { ...facts } }
      tracer.startSpan(name, options, context).end(epochMs + toMs)
    },
    about: (facts: TraceFacts) => void span.setAttributes({ ...facts }),
    end: (isFailure: boolean) => {
      if (isFailure) span.setStatus({ code: api.SpanStatusCode.ERROR })
      span.end(epochMs + monotonicMs())
    },
  }
}

async function load() {
  try {
    const [api, core, resources, sdk, otlp] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
    return { api, core, resources, sdk, otlp }
  } catch (cause) {
    const detail = `traces.endpoint: expected the optional packages @opentelemetry/…, got ${describeError(cause)}; npm install --include=optional brings them`
    throw new TtsError('BAD_CONFIG', 'Bad configuration', detail, { cause })
  }
}
