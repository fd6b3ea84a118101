/** What is said of driver, cards and libraries, and which cards are taken. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { tryCard } from '../../src/commands/try-cards.ts'
import {
  type Card,
  cudaReport,
  type DriverReport,
  isServed,
  reportLine,
  reportTable,
  workingCards,
} from '../../src/cuda/cuda-report.ts'
import { pinnedWheels } from '../../src/cuda/pinned-wheels.ts'

const whole = { own: '/cache/cuda-13', runtime: '', preload: [], missing: [] }
const card = (index: number, name: string, capability: Card['capability']): Card => ({
  index,
  name,
  bytes: 24 * 2 ** 30,
  capability,
})
const driver: DriverReport = { version: '580.65.06', cuda: '13.0', cards: [card(0, 'NVIDIA L4', [8, 9])] }
const pinned = pinnedWheels()

it('names what is missing and what helps', () => {
  const missing = (libraries: typeof whole, said: DriverReport) =>
    cudaReport(libraries, said, pinned).missing.join('\n')
  assert.equal(missing(whole, driver), '')
  const none = missing(
    { ...whole, missing: ['libcudart.so.13'] as never[] },
    { fault: 'no NVIDIA driver here', cards: [] },
  )
  assert.match(
    none,
    /^libraries: libcudart\.so\.13; `npm run -s cuda`.*gets them\ndriver: no NVIDIA driver here; install version 580/,
  )
  assert.match(
    missing(whole, { ...driver, cuda: '12.8' }),
    /^driver: expected one for CUDA 13, got one for CUDA 12\.8; install version 580/,
  )
  assert.match(missing(whole, { ...driver, cards: [] }), /^card: the driver sees none$/)
  const old = { ...driver, cards: [card(0, 'Tesla V100', [7, 0]), card(1, 'NVIDIA B200', [10, 0])] }
  assert.match(
    missing(whole, old),
    /^card 0: Tesla V100 has compute capability 7\.0, expected one of .*\ncard 1: NVIDIA B200/,
  )
})

it('knows the cards that the provider has kernels for', () => {
  const served = {
    A10: [8, 6],
    A100: [8, 0],
    L4: [8, 9],
    T4: [7, 5],
    H100: [9, 0],
    H200: [9, 0],
    '5090': [12, 0],
  } as const
  for (const [name, capability] of Object.entries(served)) assert(isServed(capability), name)
  const others = { V100: [7, 0], P100: [6, 0], B200: [10, 0], B300: [10, 3], GB10: [12, 1] } as const
  for (const [name, capability] of Object.entries(others)) assert(!isServed(capability), name)
})

it('takes the cards on which a graph ran', () => {
  const two = { ...driver, cards: [card(0, 'NVIDIA L4', [8, 9]), card(1, 'NVIDIA L4', [8, 9])] }
  const report = cudaReport(whole, two, pinned, [
    { ok: false, why: 'CUDA failure 2: out of memory' },
    { ok: true },
  ])
  assert.deepEqual(
    workingCards(report).map(({ index }) => index),
    [1],
  )
  assert.deepEqual(report.missing, ['card 0: CUDA failure 2: out of memory'])
  const table = reportTable(report)
  assert.match(table, /^driver +580\.65\.06\nCUDA of the driver +13\.0\nlibraries +\/cache\/cuda-13\n/)
  assert.match(table, /card 0 +NVIDIA L4, 24\.0 GiB, compute capability 8\.9, a graph failed/)
  assert.match(table, /card 1 +NVIDIA L4, 24\.0 GiB, compute capability 8\.9, a graph ran/)
  const line = JSON.parse(reportLine(report))
  assert.deepEqual([line.ok, line.cards[0].works, line.cards[1].works], [false, false, true])
  assert.deepEqual(workingCards(cudaReport(whole, two, pinned)), [])
})

it('a card whose trial crashes, says why or says nothing has failed, and the others are told', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-trial-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const trial = async (name: string, script: string) => {
    const path = join(folder, `${name}.mjs`)
    await writeFile(path, script)
    return tryCard({ own: folder }, 0, path)
  }
  assert.deepEqual(await trial('good', 'console.log("ok")'), { ok: true })
  assert.deepEqual(await trial('crash', 'process.kill(process.pid, "SIGSEGV")'), {
    ok: false,
    why: 'a graph was tried on it and its process died of SIGSEGV',
  })
  assert.deepEqual(await trial('late', 'console.log("ok"); process.exitCode = 139'), {
    ok: false,
    why: 'a graph was tried on it and its process ended with 139',
  })
  assert.deepEqual(await trial('told', 'console.log("CUDA failure 2"); process.exitCode = 1'), {
    ok: false,
    why: 'CUDA failure 2',
  })
  // The real one, without libraries.
  const real = await tryCard({ own: folder }, 0)
  assert(!real.ok && /missing in .*libcudart/.test(real.why), JSON.stringify(real))
})
