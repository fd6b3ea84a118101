import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { convert } from '../../src/convert/convert.ts'
import { snrDb } from '../../src/core/float-arrays.ts'
import { maxDifference, readNpy } from '../helpers/npy.ts'
import { goldenDir, goldenDir3, repoRoot } from '../helpers/paths.ts'

let folder: string
let bundle: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-say-'))
  bundle = join(folder, 'bundle')
  await convert(goldenDir, bundle)
})
after(() => rm(folder, { recursive: true }))

function say(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const entry = join(repoRoot, 'dist/src/commands/say.js')
  return spawnSync(process.execPath, [entry, '--model', bundle, ...args], { encoding: 'utf8' })
}

interface PipelineCase {
  readonly case: string
  readonly text: string
  readonly speech_tokens: number[]
  readonly samples: number
}

async function golden(name: string): Promise<PipelineCase> {
  const cases = JSON.parse(await readFile(join(goldenDir, 'expected/pipeline/cases.json'), 'utf8'))
  return cases.find((one: PipelineCase) => one.case === name)
}

const COMPARABLE = ['--sampling', 'greedy', '--source-noise', 'zero']

for (const [name, ...options] of [
  ['zs_zh_full'],
  ['zs_en_full'],
  ['zs_en_speed13', '--speed', '1.3'],
] as const) {
  it(`${name}: what is dumped is what the reference computes, from the recording on`, async () => {
    const { text, speech_tokens, samples } = await golden(name)
    const [out, dump] = [join(folder, 'o.wav'), join(folder, 'dump')]
    const prompt = ['--prompt-wav', join(goldenDir, 'inputs/prompt_24k.wav')]
    const told = ['--prompt-text', 'The golden prompt is a short sentence.']
    const done = say(text, '--out', out, '--dump', dump, ...prompt, ...told, ...COMPARABLE, ...options)
    assert.equal(done.status, 0, done.stderr)
    assert.deepEqual(JSON.parse(await readFile(join(dump, 'tokens.json'), 'utf8')), speech_tokens)
    const expected = join(goldenDir, 'expected/pipeline', name)
    const mel = readNpy(join(dump, 'mel.npy'))
    assert.deepEqual(mel.shape, [80, samples / 480])
    assert(
      maxDifference(mel.data as Float32Array, readNpy(`${expected}_mel.npy`).data as Float32Array) < 1e-3,
    )
    const wave = readNpy(join(dump, 'wave.npy')).data as Float32Array
    assert.equal(wave.length, samples)
    assert(snrDb(wave, readNpy(`${expected}.npy`).data as Float32Array) > 20)
    assert.equal(decodeWav(await readFile(out), { maxSeconds: 100 }).samples.length, samples)
  })
}

it('given tokens are spoken instead of asking the LLM, whole or streamed', async () => {
  const { speech_tokens, samples } = await golden('zs_en_full')
  const tokens = join(folder, 'tokens.json')
  await writeFile(tokens, JSON.stringify(speech_tokens))
  for (const stream of [[], ['--stream']]) {
    const dump = join(folder, 'given')
    const done = say('--out', join(folder, 'o.wav'), '--tokens', tokens, '--dump', dump, ...stream)
    assert.equal(done.status, 0, done.stderr)
    assert.equal(readNpy(join(dump, 'wave.npy')).data.length, samples)
  }
})

it('a recording’s words are said in another voice, whole and streamed, without a text', async () => {
  const recording = join(goldenDir, 'inputs/prompt_24k.wav')
  const { data } = await readNpy(join(goldenDir, 'expected/features/speech_token_from24k.npy'))
  for (const stream of [[], ['--stream']]) {
    const dump = join(folder, 'converted')
    const done = say('--out', join(folder, 'o.wav'), '--convert', recording, '--dump', dump, ...stream)
    assert.equal(done.status, 0, done.stderr)
    const tokens = JSON.parse(await readFile(join(dump, 'tokens.json'), 'utf8')) as number[]
    assert.deepEqual(tokens, [...(data as ArrayLike<number> & Iterable<number>)].map(Number))
    assert.equal((await readNpy(join(dump, 'wave.npy'))).data.length, 960 * tokens.length)
  }
})

it('CosyVoice3: every mode says what the reference says', async () => {
  const cases = JSON.parse(await readFile(join(goldenDir3, 'expected/pipeline/cases.json'), 'utf8'))
  const bundle3 = join(folder, 'bundle3')
  await convert(goldenDir3, bundle3)
  for (const [name, ...options] of [
    ['zs_en_full'],
    ['zs_zh_full', '--mode', 'zero_shot'],
    ['instruct_en_full', '--mode', 'instruct'],
    ['cross_full', '--mode', 'cross_lingual'],
  ]) {
    const stored = cases.find((one: PipelineCase) => one.case === name)
    const dump = join(folder, 'dump3')
    const prompt = ['--prompt-wav', join(goldenDir3, 'inputs/prompt_24k.wav')]
    const told = stored.prompt_text === null ? [] : ['--prompt-text', stored.prompt_text]
    const instruct = stored.instruct_text === undefined ? [] : ['--instruct', stored.instruct_text]
    const asked = [...prompt, ...told, ...instruct, ...COMPARABLE, ...options]
    const done = say(
      stored.text,
      '--model',
      bundle3,
      '--out',
      join(folder, 'o.wav'),
      '--dump',
      dump,
      ...asked,
    )
    assert.equal(done.status, 0, done.stderr)
    assert.deepEqual(
      JSON.parse(await readFile(join(dump, 'tokens.json'), 'utf8')),
      stored.speech_tokens,
      name,
    )
    assert.equal((await readNpy(join(dump, 'wave.npy'))).data.length, stored.samples, name)
  }
})

it('subtitles have each sentence with its time, in the format of their name', async () => {
  const text = 'It costs $5, Dr. Lee said. <b>Good</b> & late.'
  for (const [name, beginning, point] of [
    ['a.srt', '1\n', ','],
    ['b.VTT', 'WEBVTT\n\n1\n', '.'],
  ] as const) {
    const path = join(folder, name)
    const done = say(text, '--out', join(folder, 'o.wav'), '--subtitles', path)
    assert.equal(done.status, 0, done.stderr)
    const written = await readFile(path, 'utf8')
    assert(written.startsWith(beginning), written)
    const cues = [...written.matchAll(/(\d\d:\d\d:\d\d.\d{3}) --> (\d\d:\d\d:\d\d.\d{3})\n(.*(?:\n.+)?)\n/g)]
    assert.deepEqual(
      cues.map(([, , , said]) => said!.replace('\n', ' ')),
      ['It costs $5, Dr. Lee said.', point === '.' ? 'Good &amp; late.' : 'Good & late.'],
    )
    for (const [, start, end] of cues) assert(start! < end! && start![8] === point, written)
  }
  for (const [args, message] of [
    [[text, '--subtitles', 'a.txt'], /ends with .srt or .vtt, got 'a.txt'/],
    [['--tokens', 'x.json', '--subtitles', 'a.srt'], /--subtitles: expected a text/],
  ] as const) {
    const done = say(...args, '--out', join(folder, 'o.wav'))
    assert.equal(done.status, 2)
    assert.match(done.stderr, message)
  }
})

it('a break before the first word is silence at the start, whole and streamed', async () => {
  const samples = async (...args: string[]) => {
    const out = join(folder, 'break.wav')
    const done = say(...args, '--out', out)
    assert.equal(done.status, 0, done.stderr)
    return decodeWav(await readFile(out), { maxSeconds: 100 }).samples
  }
  for (const stream of [[], ['--stream']]) {
    const plain = await samples('Good morning.', ...stream)
    const broken = await samples('<speak><break time="500ms"/>Good morning.</speak>', ...stream)
    assert.deepEqual(broken.subarray(0, 12_000), new Float32Array(12_000))
    assert.deepEqual(broken.subarray(12_000), plain)
  }
})

it('a stream at another speed is as long as it says', async () => {
  const lengths: number[] = []
  for (const speed of ['1', '0.5', '2']) {
    const out = join(folder, 'speed.wav')
    const done = say('Good morning.', '--out', out, '--stream', '--speed', speed)
    assert.equal(done.status, 0, done.stderr)
    lengths.push(decodeWav(await readFile(out), { maxSeconds: 100 }).samples.length)
  }
  const [plain, slow, fast] = lengths as [number, number, number]
  assert(Math.abs(slow - 2 * plain) <= 1 && Math.abs(fast - plain / 2) <= 1, `${lengths}`)
})

for (const [what, args, status, message] of [
  ['no text', ['--out', 'o.wav'], 2, /missing argument 'text'/],
  [
    'nothing to speak',
    ['…', '--out', 'o.wav'],
    1,
    /^say: Nothing to speak: expected text with letters or digits/,
  ],
  [
    'an unknown voice',
    ['Hi.', '--out', 'o.wav', '--voice', 'x'],
    1,
    /expected one of 'sft_spk'.*got 'x'|expected one of .*got 'x'/,
  ],
  ['a wrong speed', ['Hi.', '--out', 'o.wav', '--speed', '3'], 2, /expected 0\.5…2, got '3'/],
  [
    'no recording',
    ['Hi.', '--out', 'o.wav', '--prompt-wav', '/none.wav'],
    1,
    /expected a recording, got ENOENT/,
  ],
  ['two voices', ['Hi.', '--out', 'o.wav', '--voice', 'x', '--prompt-wav', 'y'], 2, /got both/],
  ['a text and a recording', ['Hi.', '--out', 'o.wav', '--convert', 'x.wav'], 2, /--convert, got two/],
  [
    'an instruction of another mode',
    ['Hi.', '--out', 'o.wav', '--mode', 'cross_lingual', '--instruct', 'Whisper.'],
    1,
    /--instruct: expected none with mode cross_lingual/,
  ],
  [
    'a folder that is not there',
    ['Hi.', '--out', '/none/o.wav'],
    1,
    /o\.wav: expected a folder that is there, got '\/none'/,
  ],
] as const) {
  it(`${what} is one clear line and code ${status}`, () => {
    const done = say(...args)
    assert.equal(done.status, status, done.stderr)
    assert.match(done.stderr.trim(), message)
    assert.doesNotMatch(done.stderr, /\n\s+at /)
  })
}
