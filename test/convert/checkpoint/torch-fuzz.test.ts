/** Mutated and cut checkpoints: each one is either read or refused with BAD_CHECKPOINT, soon and in little memory. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTorch } from '../../../src/convert/checkpoint/torch.ts'
import { TtsError } from '../../../src/core/errors.ts'
import { MemoryBytes } from '../../helpers/memory-bytes.ts'
import { goldenDir } from '../../helpers/paths.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const MUTATIONS_PER_FILE = 1000
const TRUNCATIONS_PER_FILE = 60
/** Milliseconds of computing for one file; the slowest seen is a hundredth of it. */
const MOST_MS_PER_FILE = 2000
const MOST_HEAP_GROWTH = 200 * 2 ** 20

const folder = join(goldenDir, 'pickle-variants')
const names = readdirSync(folder).filter((name) => name.endsWith('.pt'))

/** Numbers at which readers of binary formats go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff]

/** Reads everything; returns what became of it. Any error but a refusal escapes. */
async function outcomeOf(bytes: Uint8Array): Promise<'read' | 'refused'> {
  const source = new MemoryBytes(bytes)
  try {
    const { tensors } = await readTorch(source)
    for (const tensor of tensors.values()) await tensor.read()
    return 'read'
  } catch (error) {
    if (error instanceof TtsError && error.code === 'BAD_CHECKPOINT') {
      assert.doesNotMatch(`${error.message}${error.detail}`, /\p{Cc}/u, 'a refusal is one plain line')
      return 'refused'
    }
    throw error
  }
}

function mutate(original: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = Uint8Array.from(original)
  for (let flips = 1 + random.below(6); flips > 0; flips--) {
    const at = random.below(bytes.length)
    if (random.next() < 0.4) bytes[at] = random.pick(EDGES)
    else if (random.next() < 0.5) bytes[at] = bytes[at]! ^ (1 << random.below(8))
    else bytes.copyWithin(at, random.below(bytes.length), Math.min(at + 8, bytes.length))
  }
  return bytes
}

for (const [index, name] of names.entries()) {
  test(`${name} with bytes changed is read or refused, never anything else`, async () => {
    const original = new Uint8Array(readFileSync(join(folder, name)))
    const random = new SeededRandom(1000 + index)
    const heapBefore = process.memoryUsage().heapUsed
    const outcomes = { read: 0, refused: 0 }
    for (let round = 0; round < MUTATIONS_PER_FILE; round++) {
      const bytes = mutate(original, random)
      const before = process.cpuUsage()
      outcomes[await outcomeOf(bytes)]++
      const { user, system } = process.cpuUsage(before)
      assert.ok(user + system < MOST_MS_PER_FILE * 1000, `round ${round} took too long`)
    }
    assert.ok(process.memoryUsage().heapUsed - heapBefore < MOST_HEAP_GROWTH)
    assert.ok(outcomes.refused > 0, 'mutations reached nothing that is checked')
  })

  test(`${name} cut short is refused at any length`, async () => {
    const original = new Uint8Array(readFileSync(join(folder, name)))
    const random = new SeededRandom(2000 + index)
    const cuts = new Set([0, 1, 2, 21, 22, 23, original.length - 1])
    while (cuts.size < Math.min(TRUNCATIONS_PER_FILE, original.length))
      cuts.add(random.below(original.length))
    for (const length of cuts) {
      assert.equal(await outcomeOf(original.subarray(0, length)), 'refused', `cut at ${length}`)
    }
  })
}
