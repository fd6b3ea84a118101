/** Recordings that the model's makers have not chosen: of programs that speak, and of a folder. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeAudio } from '../../src/audio/decode.ts'
import type { KnownRecording } from './recordings.ts'

const run = promisify(execFile)
const LIMITS = { maxSeconds: 30 }

/** None of them stands in `demo/sentences`, nor did the model learn them. */
const ENGLISH = [
  'The ferry leaves the harbour at noon, and the gulls follow it out to sea.',
  'Please remember to close the kitchen window before it starts to rain.',
  'Nobody expected the small museum to be open on a Monday afternoon.',
  'We counted eleven boats and two old bicycles beside the bridge.',
  'She put the blue teapot on the highest shelf and forgot about it.',
  'The train to the mountains is late again, so we drink another coffee.',
  'My neighbour paints birds on stones and gives them to children.',
  'Half of the apples in this basket came from an orchard in the north.',
]
const MANDARIN = [
  '昨天下午我在图书馆里看了一本很有意思的书。',
  '他每天早上都骑自行车去学校，从来不迟到。',
  '这家饭馆的面条特别好吃，价钱也不贵。',
  '我们打算明年夏天一起去海边住几天。',
]

/**
 * Four voices of flite and Mandarin of espeak-ng, each with sentences of its own; its voice `cmn` spells characters in
 * English. Programs that are not installed are left out.
 */
export async function spokenByPrograms(): Promise<KnownRecording[]> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-prompts-'))
  const file = join(folder, 'spoken.wav')
  const spoken: KnownRecording[] = []
  const speak = async (program: string, args: readonly string[], transcript: string) => {
    try {
      await run(program, args)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    spoken.push({ ...(await decodeAudio(await readFile(file), LIMITS)), transcript })
  }
  try {
    for (const [i, voice] of ['awb', 'kal16', 'rms', 'slt'].entries())
      for (let k = 0; k < 6; k++) {
        const text = ENGLISH[(2 * i + k) % ENGLISH.length]!
        await speak('flite', ['-voice', voice, '-t', text, '-o', file], text)
      }
    for (const pitch of [40, 50, 60])
      for (const text of MANDARIN)
        await speak('espeak-ng', ['-v', 'cmn-latn-pinyin', '-p', String(pitch), '-w', file, text], text)
    return spoken
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Every `NAME.wav` or `NAME.flac` beside which `NAME.txt` says what it says. */
export async function recordingsOf(folder: string): Promise<KnownRecording[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:wav|flac)$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => ({
      ...(await decodeAudio(await readFile(join(folder, name)), LIMITS)),
      transcript: (await readFile(join(folder, name.replace(/\.\w+$/, '.txt')), 'utf8')).trim(),
    })),
  )
}
