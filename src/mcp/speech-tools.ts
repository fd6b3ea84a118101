/**
 * The tools that an agent speaks by, over the Model Context Protocol: `speak` and `list_voices`.
 *
 * They ask the API of a server and nothing else. So limits, keys and errors are those of the API, in the server itself
 * or beside an agent.
 */
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { productVersion } from '../core/product-version.ts'

/** What asks the API: `fetch` with paths. */
export type AskApi = (path: string, init: ApiRequest) => Promise<Response>

export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  /** JSON. */
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** Puts audio where the agent's user finds it, and says where; `name` has no folders in it. */
export type SaveAudio = (name: string, audio: Uint8Array) => Promise<string>

const FORMATS = ['mp3', 'wav', 'opus', 'flac'] as const
type ToolFormat = (typeof FORMATS)[number]

const MIME_TYPES: Readonly<Record<ToolFormat, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  opus: 'audio/ogg',
  flac: 'audio/flac',
}

const speakFields = {
  text: z
    .string()
    .describe('What to say. Markdown, HTML and SSML are understood; numbers and dates are read out.'),
  voice: z.string().optional().describe('Id of a voice, see list_voices; one that fits where missing.'),
  format: z.enum(FORMATS).default('mp3').describe('Format of the audio.'),
  speed: z.number().min(0.5).max(2).optional().describe('Playback rate with the pitch kept.'),
  language: z.string().optional().describe('Language tag of numbers and signs, such as en or zh.'),
  instructions: z.string().optional().describe('How to speak, where the model takes instructions.'),
  seed: z.int().min(0).optional().describe('Same seed, text and voice: same audio.'),
}

/** No folders, no hidden files, nothing that a shell or a file system takes for more than a name. */
const FILE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,99}$/u

/** A server of the protocol, for one connection or one request. With `save`, audio can be kept as a file. */
export function speechTools(ask: AskApi, save?: SaveAudio): McpServer {
  const server = new McpServer({ name: 'light-tts', version: productVersion() })
  const file = z
    .string()
    .regex(FILE_NAME, 'expected a name of letters, digits, blanks and . _ -, without folders')
    .optional()
    .describe('Name of a file to keep the audio in instead of answering with it, without folders or ending.')
  const inputSchema = z.object(save === undefined ? speakFields : { ...speakFields, file })
  server.registerTool(
    'speak',
    {
      title: 'Speak',
      description: 'Says a text in a natural voice and gives the audio.',
      inputSchema,
      annotations: { readOnlyHint: save === undefined, destructiveHint: false, openWorldHint: false },
    },
    async ({ file: name, ...wish }: z.output<typeof inputSchema> & { file?: string | undefined }, call) =>
      speak(ask, save, name, wish, call.mcpReq.signal),
  )
  server.registerTool(
    'list_voices',
    {
      title: 'List voices',
      description: 'The voices that speak can use, with language, gender and description.',
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (_fields, call) => {
      const answer = await ask('/v1/audio/voices', { method: 'GET', signal: call.mcpReq.signal })
      const body = await answer.text()
      return answer.ok ? { content: [{ type: 'text', text: body }] } : refused(body)
    },
  )
  return server
}

async function speak(
  ask: AskApi,
  save: SaveAudio | undefined,
  file: string | undefined,
  { text, format, ...wish }: z.output<z.ZodObject<typeof speakFields>>,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const body = JSON.stringify({ input: text, response_format: format, stream: false, ...wish })
  const answer = await ask('/v1/audio/speech', { method: 'POST', body, signal })
  if (!answer.ok) return refused(await answer.text())
  const audio = new Uint8Array(await answer.arrayBuffer())
  const warning = answer.headers.get('x-text-warning')
  const notes = warning === null ? '' : ` Not said as written: ${warning}.`
  if (save !== undefined && file !== undefined) {
    const path = await save(`${file}.${format === 'opus' ? 'ogg' : format}`, audio)
    return { content: [{ type: 'text', text: `Spoken into ${path} (${audio.length} bytes).${notes}` }] }
  }
  return {
    content: [
      { type: 'audio', data: Buffer.from(audio).toString('base64'), mimeType: MIME_TYPES[format] },
      ...(notes === '' ? [] : [{ type: 'text' as const, text: notes.trim() }]),
    ],
  }
}

/** A refusal of the API, in its own words: what was expected and what came tells the agent what to do. */
function refused(body: string): CallToolResult {
  let text = body
  try {
    const { message, detail } = JSON.parse(body) as { message: string; detail: string }
    text = `${message}: ${detail}`
  } catch {
    // A proxy's page stands as it is.
  }
  return { isError: true, content: [{ type: 'text', text }] }
}
