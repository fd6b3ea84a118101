/** Words are told when they are said: the embedded prompts, whose word times their teacher flite has told, under their own texts. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { forcedTimes, type Way } from '../../bench/words/forced.ts'
import { decodeAudio } from '../../src/audio/decode.ts'
import { EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { readVoice } from '../../src/core/voice.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'

/** Seconds at which each word begins. */
const TAUGHT = {
  rms: [0.1768, 0.5957, 0.7066, 0.9868, 1.484, 1.6321, 1.9416, 2.2109, 2.779, 3.2228, 3.3196, 3.8695],
  slt: [0.2238, 0.3917, 0.7047, 1.2074, 1.2432, 1.5407, 1.943, 2.3755, 2.5332, 2.7784, 3.0559],
  awb: [0.2535, 0.3089, 0.6794, 0.9741, 1.1802, 1.9169, 2.0637, 2.222, 2.3961, 2.7457, 2.9005, 3.2046],
  kal16: [0.22, 0.5874, 0.9501, 1.0152, 1.48, 1.8013, 1.9313, 2.0169, 2.4447, 2.8068, 2.9754],
}

let folder: string
let bundle: Bundle
let llm: LlmRunner
let tokenizer: TextTokenizer

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-words-'))
  await convert(EMBEDDED_VOICE, join(folder, 'bundle'))
  bundle = await readBundle(join(folder, 'bundle'))
  tokenizer = await TextTokenizer.load(join(bundle.folder, 'tokenizer'), bundle.manifest.text)
  llm = await openLlm(await openStrictRuntime(), bundle, { rows: 1, capacity: 1024 }, { intraOpThreads: 1 })
})
after(async () => {
  llm?.release()
  await rm(folder, { recursive: true, force: true })
})

const voiceOf = (id: string) =>
  readVoice(bundle.path(bundle.manifest.voices.find((voice) => voice.id === id)!.file))

/** Errors of all words of all prompts, seconds, sorted. Each is said behind the prompt of the next voice. */
async function errors(way: Way): Promise<number[]> {
  const all: number[] = []
  const ids = Object.keys(TAUGHT) as (keyof typeof TAUGHT)[]
  for (const [i, id] of ids.entries()) {
    const prompts = join(EMBEDDED_VOICE, 'prompts')
    const text = (await readFile(join(prompts, `${id}.txt`), 'utf8')).trim()
    const { samples, sampleRate } = await decodeAudio(await readFile(join(prompts, `${id}.wav`)), {
      maxSeconds: 30,
    })
    const { speechTokens: tokens } = await voiceOf(id)
    const recorded = { text, tokens, samples, sampleRate }
    const voice = await voiceOf(ids[(i + 1) % ids.length]!)
    const times = forcedTimes({ llm, bundle, tokenizer }, voice, recorded, way)
    assert.deepEqual(
      times.map((time) => time.text),
      text.split(' '),
    )
    let last = 0
    for (const { start, end } of times) {
      assert(start >= last && end >= start && end <= samples.length / sampleRate, `${last} ${start} ${end}`)
      last = end
    }
    all.push(...times.map(({ start }, k) => Math.abs(start - TAUGHT[id][k]!)))
  }
  return all.toSorted((a, b) => a - b)
}

const share = (sorted: readonly number[], of: number) => sorted[Math.floor(of * (sorted.length - 1))]!

for (const way of ['whole', 'live'] as const)
  it(`half of the words begin within 80 ms of their times, 95 % within 200 ms: ${way}`, async () => {
    const sorted = await errors(way)
    assert(share(sorted, 0.5) <= 0.08, `median ${share(sorted, 0.5)}`)
    assert(share(sorted, 0.95) <= 0.2, `95 % ${share(sorted, 0.95)}`)
  })

it('a model that does not tell has its words in order, within the speech, about where they are', async () => {
  assert(share(await errors('estimate'), 0.5) <= 0.3)
})
