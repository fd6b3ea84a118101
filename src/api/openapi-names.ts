/** Name and group of every operation of the description: what generated clients call it, and where a page shows it. */
import type { ZodOpenApiPathsObject } from 'zod-openapi'

export const TAGS = [
  { name: 'Speech', description: 'Text, or a recording, becomes speech.' },
  { name: 'Jobs', description: 'Long texts, spoken in the background.' },
  { name: 'Voices', description: 'Voices that are stored, and their names.' },
  { name: 'Text', description: 'What is said of a text, and how words are said.' },
  { name: 'Models', description: 'What is served.' },
  { name: 'Operation', description: 'Health, load and metrics.' },
  { name: 'Pages', description: 'Pages and descriptions.' },
] as const

type Tag = (typeof TAGS)[number]['name']

const NAMES: Readonly<Record<string, readonly [operationId: string, tag: Tag]>> = {
  'post /inference_zero_shot': ['synthesize', 'Speech'],
  'get /query_tts_model': ['queryModels', 'Models'],
  'post /query_tts_model': ['queryModelsByPost', 'Models'],
  'post /v1/audio/speech': ['createSpeech', 'Speech'],
  'post /v1/audio/convert': ['convertSpeech', 'Speech'],
  'get /v1/models': ['listModels', 'Models'],
  'get /v1/models/{id}': ['getModel', 'Models'],
  'get /v1/audio/models': ['listAudioModels', 'Models'],
  'get /v1/audio/voices': ['listVoiceNames', 'Voices'],
  'get /v1/voices': ['listVoices', 'Voices'],
  'post /v1/voices': ['storeVoice', 'Voices'],
  'delete /v1/voices/{id}': ['deleteVoice', 'Voices'],
  'post /v1/text/normalize': ['normalizeText', 'Text'],
  'get /v1/dictionaries': ['getDictionaries', 'Text'],
  'put /v1/dictionaries': ['putDictionary', 'Text'],
  'get /v1/jobs': ['listJobs', 'Jobs'],
  'post /v1/jobs': ['createJob', 'Jobs'],
  'get /v1/jobs/{id}': ['getJob', 'Jobs'],
  'delete /v1/jobs/{id}': ['deleteJob', 'Jobs'],
  'get /v1/jobs/{id}/audio': ['getJobAudio', 'Jobs'],
  'get /health': ['getHealth', 'Operation'],
  'get /healthz': ['getHealthz', 'Operation'],
  'get /liveness': ['getLiveness', 'Operation'],
  'get /readiness': ['getReadiness', 'Operation'],
  'get /metrics': ['getMetrics', 'Operation'],
  'get /v1/status': ['getStatus', 'Operation'],
  'get /': ['getPage', 'Pages'],
  'get /docs': ['getDocs', 'Pages'],
  'get /docs/websocket': ['getWebSocketDocs', 'Pages'],
  'get /openapi.json': ['getOpenApi', 'Pages'],
  'get /asyncapi.json': ['getAsyncApi', 'Pages'],
}

/** The same paths, each operation with its name and group. Throws for one that the table does not name. */
export function named(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => {
          const [operationId, tag] = NAMES[`${method} ${path}`] ?? []
          if (operationId === undefined || tag === undefined) throw new Error(`${method} ${path} has no name`)
          return [method, { operationId, tags: [tag], ...operation }]
        }),
      ),
    ]),
  ) as ZodOpenApiPathsObject
}
