/** Speech with the times of its phones becomes units of the text with theirs. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { taughtSpeech, unitsIn } from '../../bench/words/taught-speech.ts'
import { openEncoder } from '../../src/audio/encoders/open-encoder.ts'

it('a shard is cut into its utterances; those whose units do not fit their text are left out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-shard-'))
  t.after(() => rm(folder, { recursive: true }))
  const samples = Float32Array.from({ length: 3000 }, (_, i) => (i < 1000 ? 0.1 : i < 2000 ? 0.2 : 0.3))
  const encoder = await openEncoder({
    format: 'flac',
    inputRate: 24_000,
    sampleRate: 24_000,
    totalSamples: 3000,
  })
  await writeFile(
    join(folder, 'a.flac'),
    Buffer.concat([encoder.start(), await encoder.encode(samples), await encoder.finish()]),
  )
  const phones = [
    ['pau', 240, -1, 0],
    ['zh:n', 480, 0, 3],
    ['zh:i', 600, 0, 3],
    ['zh:x', 960, 1, 3],
    ['pau', 1000, -1],
  ]
  const lines = [
    { speaker: 'a', text: '你好。', samples: 1000, phones },
    { speaker: 'a', text: '你好吗？', samples: 1000, phones },
    { speaker: 'a', text: 'Well, no.', samples: 1000, phones },
  ]
  await writeFile(join(folder, 'a.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'))
  const found = await taughtSpeech(join(folder, 'a.jsonl'))
  assert.deepEqual(
    found.map(({ text, samples: own }) => [text, own.length, Math.round(own[500]! * 10)]),
    [
      ['你好。', 1000, 1],
      ['Well, no.', 1000, 3],
    ],
  )
  assert.deepEqual(found[0]!.units, [
    { start: 0.01, end: 0.025 },
    { start: 0.025, end: 0.04 },
  ])
  assert.deepEqual(unitsIn('我用 Python 写。'), ['我', '用', 'Python', '写'])
})
