/** Words are told when they are said: the embedded prompts, whose word times their teachers have told, under their own texts. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { forcedTimes, type Way } from '../../bench/words/forced.ts'
import { unitsIn } from '../../bench/words/taught-speech.ts'
import { decodeAudio } from '../../src/audio/decode.ts'
import { EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { readVoice } from '../../src/core/voice.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'

/** Seconds at which each word, or character, begins. */
const TAUGHT = {
  grace: [0.0981, 0.3731, 0.4981, 0.8231, 1.4981, 1.6481, 1.9481, 2.2481, 2.6731, 2.9731, 3.0731, 3.4731],
  james: [0.0925, 0.4675, 1.0175, 1.1675, 1.6175, 1.9425, 2.0675, 2.1925, 2.6425, 3.0175, 3.2175],
  lan: [
    ...[0.1243, 0.2993, 0.4993, 0.5743, 0.7743, 0.9493, 1.1493, 1.5743, 1.6743, 1.7993],
    ...[1.8993, 2.0743, 2.2493, 2.4743, 2.6493, 2.8243, 2.9493, 3.1493],
  ],
  ming: [
    ...[0.0931, 0.2681, 0.4181, 0.6181, 0.8681, 0.9931, 1.1181, 1.2931, 1.6181, 1.7931],
    ...[1.9681, 2.1431, 2.3681, 2.5931, 2.7181, 2.8431, 2.9181, 3.1181],
  ],
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
      times.flatMap((time) => unitsIn(time.text)),
      unitsIn(text),
    )
    let last = 0
    for (const { start, end } of times) {
      assert(start >= last && end >= start && end <= samples.length / sampleRate, `${last} ${start} ${end}`)
      last = end
    }
    let unit = 0
    for (const { start, text: word } of times) {
      all.push(Math.abs(start - TAUGHT[id][unit]!))
      unit += unitsIn(word).length
    }
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
