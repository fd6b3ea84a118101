/** Row 14: a bundle with other bytes than its manifest says is not served, however it was given; checked once per content. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { bundleOf } from '../../src/convert/bundle-cache.ts'
import { TtsError } from '../../src/core/errors.ts'
import { convertTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

let bundle: TinyBundle
let root: string
before(async () => {
  bundle = await convertTiny()
  root = await mkdtemp(join(tmpdir(), 'light-tts-row14-'))
})
after(async () => {
  await bundle.remove()
  await rm(root, { recursive: true })
})

const refused = (error: unknown) =>
  error instanceof TtsError && error.code === 'BAD_BUNDLE' && /flow\.data/.test(error.message + error.detail)

/** Changes three bytes in the middle; size and modification time stay. */
async function damage(path: string): Promise<void> {
  const { size, atime, mtime } = await stat(path)
  const file = await open(path, 'r+')
  const at = Math.floor(size / 2)
  const bytes = Buffer.alloc(3)
  await file.read(bytes, 0, 3, at)
  await file.write(Buffer.from(bytes.map((byte) => byte ^ 0xff)), 0, 3, at)
  await file.close()
  await utimes(path, atime, mtime)
}

it('three changed bytes are found, before the first start and after a good one; --trust serves them', async () => {
  for (const startsBefore of [0, 1]) {
    const folder = join(root, `bundle-${startsBefore}`)
    await cp(bundle.dir, folder, { recursive: true })
    const options = { cacheDir: join(root, `cache-${startsBefore}`), dtype: 'fp32' as const }
    for (let i = 0; i < startsBefore; i++) assert.equal(await bundleOf(folder, options), folder)
    await damage(join(folder, 'flow.data'))
    await assert.rejects(bundleOf(folder, options), refused)
    await assert.rejects(bundleOf(folder, options), refused)
    assert.equal(await bundleOf(folder, { ...options, trust: true }), folder)
  }
})

it('what was hashed once is not read again', async () => {
  const folder = join(root, 'bundle-again')
  await cp(bundle.dir, folder, { recursive: true })
  const options = { cacheDir: join(root, 'cache-again'), dtype: 'fp32' as const }
  const bytesRead = async () => {
    const io = await readFile('/proc/self/io', 'utf8').catch(() => 'rchar: 0')
    return Number(/rchar: (\d+)/.exec(io)![1])
  }
  const start = await bytesRead()
  await bundleOf(folder, options)
  const first = (await bytesRead()) - start
  await bundleOf(folder, options)
  const second = (await bytesRead()) - start - first
  if (start > 0) assert(second < first / 10, `${first} bytes, then ${second}`)
  // Without a place for stamps every start hashes, and none fails.
  const nowhere = { ...options, cacheDir: join(folder, 'manifest.json', 'cache') }
  for (let i = 0; i < 2; i++) assert.equal(await bundleOf(folder, nowhere), folder)
})
