import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readHyperPyYaml } from '../../../src/convert/checkpoint/hyper-pyyaml.ts'
import type { YamlSection } from '../../../src/convert/checkpoint/yaml-value.ts'
import { TtsError } from '../../../src/core/errors.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const golden = readFileSync(join(goldenDir, 'cosyvoice2.yaml'))
const read = (text: string): Promise<YamlSection> =>
  readHyperPyYaml(new MemoryBytes(Buffer.from(text), 'c.yaml'))

function refused(text: string, detail: RegExp): Promise<void> {
  return assert.rejects(read(text), { code: 'BAD_CHECKPOINT', detail })
}

test("the reference's file is read with its references resolved and its classes kept as names", async () => {
  const yaml = await readHyperPyYaml(new MemoryBytes(golden, 'cosyvoice2.yaml'))
  const flow = yaml.section('flow')
  const estimator = flow.section('decoder').section('estimator')
  assert.equal(flow.className, 'CausalMaskedDiffWithXvec')
  assert.equal(estimator.number('static_chunk_size'), 50)
  assert.equal(estimator.number('num_decoding_left_chunks'), -1)
  assert.equal(
    flow.section('decoder').section('cfm_params').section('content').number('inference_cfg_rate'),
    0.7,
  )
  assert.equal(yaml.section('compute_fbank').section('feat_extractor').number('hop_size'), 480)
  assert.deepEqual(yaml.section('hift').numberLists('resblock_dilation_sizes'), [
    [1, 3, 5],
    [1, 3, 5],
    [1, 3, 5],
  ])
  assert.equal(yaml.section('train_conf').section('optim_conf').number('lr'), 1e-5)
})

for (const [expression, value] of [
  ['<a> * <b>', 50],
  ['<a>*<b> + 1', 51],
  ['2 * (<a> - 5) / <b>', 20],
  ['-<a> + 1', -24],
  ['<a> // 2', 12],
  ['-<a> % 7', 3],
  ['<b> ** 3 ** 2', 512],
  ['-<b> ** 2', -4],
  ['1.5e1 + .5', 15.5],
  ['<m[x][1]>', 8],
  ['<m[x][1]> - <m[y]>', 5],
] as const) {
  test(`!ref ${expression} is ${value}`, async () => {
    const yaml = await read(`a: 25\nb: 2\nm:\n  x: [7, 8]\n  y: 3\nr: !ref ${expression}\n`)
    assert.equal(yaml.number('r'), value)
  })
}

test('a reference inside text is written out, and one alone is the value itself', async () => {
  const yaml = await read('d: out\nn: 3\nl: [1, 2]\np: !ref <d>/run-<n>\nq: !ref <l>\ns: !ref <p>.pt\n')
  assert.equal(yaml.string('p'), 'out/run-3')
  assert.deepEqual(yaml.numbers('q'), [1, 2])
  assert.equal(yaml.string('s'), 'out/run-3.pt')
})

test('tags that would call something stay data', async () => {
  const yaml = await read(
    'a: !apply:os.system [rm]\nb: !new:subprocess.Popen\n  args: x\nc: !include:other.yaml\n',
  )
  assert.equal(yaml.section('b').className, 'Popen')
  assert.equal(yaml.section('b').string('args'), 'x')
  assert.throws(() => yaml.number('a'), { code: 'BAD_CHECKPOINT', detail: /a number, got !apply:os\.system/ })
})

test('typed access names file, key, expected and got', async () => {
  const yaml = await read('flow: !new:x.Flow\n  size: big\n  sizes: [1, two]\n')
  const flow = yaml.section('flow')
  const refusal = (message: string, detail: string) => ({ code: 'BAD_CHECKPOINT', message, detail })
  assert.throws(() => flow.number('size'), refusal("c.yaml, key 'flow.size'", "expected a number, got 'big'"))
  assert.throws(
    () => flow.number('rate'),
    refusal("c.yaml, key 'flow.rate'", 'expected a value, got no such key'),
  )
  assert.throws(() => flow.numbers('sizes'), { detail: /a list of numbers/ })
  assert.throws(
    () => yaml.instance('flow', 'Other'),
    refusal("c.yaml, key 'flow'", 'expected class Other, got Flow'),
  )
  assert.equal(flow.number('rate', 4), 4)
})

test('references in a circle are refused', async () => {
  await refused('a: !ref <b>\nb: !ref <a>\n', /a reference to itself/)
  await refused('a:\n  x: !ref <a>\n', /a reference to itself/)
  await refused('a: &a [*a]\n', /a reference to itself/)
})

test('a reference that leads nowhere is refused by its name', () => refused('a: !ref <b[c]>\n', /got <b\.c>/))

test('aliases that multiply are visited once each, and stay small', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i <= 12; i++) lines.push(`a${i}: &a${i} [${new Array(9).fill(`*a${i - 1}`).join(', ')}]`)
  const yaml = await read(lines.join('\n'))
  assert.ok(yaml.has('a12'))
})

test('text that references multiply is refused for its length', async () => {
  const lines = ['a0: xxxxxxxxxx']
  for (let i = 1; i <= 12; i++) lines.push(`a${i}: !ref <a${i - 1}><a${i - 1}><a${i - 1}>`)
  await refused(lines.join('\n'), /a reference that writes out a long one/)
})

test('deep nesting, oversize, doubled keys and broken syntax are refused', async () => {
  await refused(`a: ${'['.repeat(50_000)}`, /YAML|levels/)
  await refused(`a: ${'[ '.repeat(80)}1${' ]'.repeat(80)}`, /at most 60 levels/)
  await refused(`a: ${'x'.repeat(300_000)}`, /at most 262144 bytes/)
  await refused('a: 1\na: 2\n', /YAML/)
  await refused('a: [1\nb: 2\n', /YAML/)
  await refused('just text', /a mapping/)
})

test('changed bytes are read or refused, never anything else', async () => {
  const random = new SeededRandom(11)
  const symbols = Buffer.from('!<>[]{}&*:-#|\'" \n0a')
  for (let round = 0; round < 400; round++) {
    const bytes = Uint8Array.from(golden)
    for (let flips = 1 + random.below(8); flips > 0; flips--) {
      bytes[random.below(bytes.length)] = random.next() < 0.8 ? random.pick([...symbols]) : random.below(256)
    }
    const outcome = await readHyperPyYaml(new MemoryBytes(bytes)).catch((error: unknown) => error)
    if (outcome instanceof Error)
      assert.ok(outcome instanceof TtsError && outcome.code === 'BAD_CHECKPOINT', outcome.stack)
  }
})
