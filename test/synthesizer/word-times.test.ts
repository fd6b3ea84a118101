/**
 * Words with times through real lanes: every word once, in order, within the audio, told no later than its audio, and the same
 * samples as without. With a model that tells which text it says and with one that does not; whole, streamed and live.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, it } from 'node:test'
import type { SpeechOptions, SpeechStream } from '../../src/core/speech-port.ts'
import type { TimedText, TimeUnit } from '../../src/core/timed-text.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { CheckpointCopy } from '../helpers/checkpoint-copy.ts'
import { assertAtRest, convertTiny, openTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

const bundles: TinyBundle[] = []
let told: OpenSynthesizer
let untold: OpenSynthesizer

before(async () => {
  const checkpoint = await CheckpointCopy.make()
  await writeFile(checkpoint.path('alignment.json'), '{"layer": 1, "head": 1, "leadTokens": 1}')
  bundles.push(await convertTiny(checkpoint.folder), await convertTiny())
  await checkpoint.remove()
  told = await openTiny(bundles[0]!)
  untold = await openTiny(bundles[1]!)
})
after(async () => {
  for (const each of [told, untold]) {
    await assertAtRest(each)
    assert.equal(await each.close(5000), true)
  }
  for (const bundle of bundles) await bundle.remove()
})

interface Heard {
  readonly samples: number
  readonly seconds: number
  readonly times: readonly TimedText[]
}

async function hear(stream: SpeechStream, unit: TimeUnit): Promise<Heard> {
  const times: TimedText[] = []
  for (let samples = 0; ; ) {
    const piece = await stream.next()
    const before = samples / stream.sampleRate
    for (const time of stream.takeTimes!()) {
      const moment = unit === 'word' ? time.start : time.end
      assert(moment >= before - 0.001, `${time.text} at ${moment}, handed out ${before}`)
      times.push(time)
    }
    if (piece === undefined) return { samples, seconds: samples / stream.sampleRate, times }
    samples += piece.length
  }
}

async function options(open: OpenSynthesizer, more: Partial<SpeechOptions>): Promise<SpeechOptions> {
  const { synthesizer } = open
  const { id } = synthesizer.listVoices()[0]!
  const voice = await synthesizer.prepareVoice({ kind: 'stored', id }, 'default')
  const usual = {
    model: 'default',
    speed: 1,
    seed: 7,
    priority: 'stream',
    sampling: 'ras',
    timeoutMs: 60_000,
  } as const
  return { voice, ...usual, ...more }
}

function check({ times, seconds }: Heard, text: string, expected: readonly string[]): void {
  assert.deepEqual(
    times.map((time) => time.text),
    expected,
  )
  let last = 0
  for (const { start, end, from, to, text: own } of times) {
    assert(
      start >= last && end >= start && end <= seconds + 0.001,
      `${own}: ${last} ${start} ${end} ${seconds}`,
    )
    assert.equal(text.slice(from, to), own)
    last = end
  }
}

const TEXTS: [string, string[]][] = [
  ['Seven trains leave at 3:30, Dr. Lee.', ['Seven', 'trains', 'leave', 'at', '3:30,', 'Dr.', 'Lee.']],
  ['<speak>Hello <break time="300ms"/>big world.</speak>', ['Hello', 'big', 'world.']],
  ['今天天气真不错。', ['今天', '天气', '真', '不错。']],
]

for (const isTold of [true, false])
  it(`whole and streamed, at every speed, where the model ${isTold ? 'tells' : 'does not tell'}`, async () => {
    const open = isTold ? told : untold
    const ways: [number, number, SpeechOptions['priority']][] = [
      [0, 0.5, 'stream'],
      [0, 2, 'batch'],
      [0, 1.7, 'stream'],
      [1, 1, 'stream'],
      [1, 1, 'batch'],
      [2, 1, 'stream'],
    ]
    for (const [i, speed, priority] of ways) {
      const [text, words] = TEXTS[i]!
      const asked = await options(open, { speed, priority, timestamps: 'word' })
      check(await hear(open.synthesizer.speak(text, asked), 'word'), text, words)
      asked.voice.release()
    }
  })

it('times change no sample', async () => {
  const lengths: number[] = []
  for (const timestamps of [undefined, 'word', 'sentence'] as const) {
    const asked = await options(told, { timestamps })
    lengths.push((await hear(told.synthesizer.speak(TEXTS[0]![0], asked), timestamps ?? 'word')).samples)
    asked.voice.release()
  }
  assert.equal(new Set(lengths).size, 1, `${lengths}`)
})

it('sentences are told with their ends', async () => {
  const text = 'One goes. Two stay here! Three'
  const asked = await options(told, { timestamps: 'sentence' })
  check(await hear(told.synthesizer.speak(text, asked), 'sentence'), text, [
    'One goes.',
    'Two stay here!',
    'Three',
  ])
  asked.voice.release()
})

it('live text, in any pieces', async () => {
  const text = 'The quick brown fox jumps over the lazy dog and costs $5. Then it sleeps.'
  for (const [open, size] of [
    [told, 3],
    [told, 200],
    [untold, 11],
  ] as const) {
    const asked = await options(open, { timestamps: 'word' })
    const speech = open.synthesizer.speakLive(asked)
    const heard = hear(speech, 'word')
    for (let at = 0; at < text.length; at += size) speech.append(text.slice(at, at + size))
    speech.finish()
    check(await heard, text, text.split(' '))
    asked.voice.release()
  }
})
