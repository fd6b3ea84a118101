/** The invariant that every reliability test ends in is itself shown to fail, once for each kind of leak. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { TRANSPORTS } from '../helpers/test-server.ts'
import { ask, assertCensus, besieged, census } from './invariant.ts'

test('a planted leak of each kind fails the invariant', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-invariant-'))
  t.after(() => rm(folder, { recursive: true }))
  const { port } = await besieged(t)
  const plants: Record<string, () => (() => void) | Promise<() => void>> = {
    sockets: async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return () => socket.destroy()
    },
    timers: () => {
      const timer = setInterval(() => {}, 1000)
      return () => clearInterval(timer)
    },
    files: () => {
      const fd = openSync(join(folder, 'open'), 'w')
      return () => closeSync(fd)
    },
    partials: () => {
      const path = join(folder, 'x.partial')
      writeFileSync(path, '')
      return () => void rm(path)
    },
  }
  for (const [kind, plant] of Object.entries(plants)) {
    const before = census([folder])
    const giveBack = await plant()
    await assert.rejects(assertCensus(before, [folder]), { message: /still holds/ }, kind)
    giveBack()
    await assertCensus(before, [folder])
  }
})

for (const transport of TRANSPORTS) {
  test(`${transport}: a server that has served and closed leaves nothing in its process`, async (t) => {
    const { url } = await besieged(t, { transport })
    const answer = await ask(`${url}/health`, { from: '127.0.0.7' })
    assert.equal(answer.status, 200)
  })
}
