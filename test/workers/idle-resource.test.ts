import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IdleResource } from '../../workers/idle-resource.ts'

function watched(idleMs: number) {
  const counts = { opened: 0, released: 0 }
  let fails = 0
  const released: (() => void)[] = []
  const resource = new IdleResource(
    async () => {
      if (fails-- > 0) throw new Error('no such model')
      counts.opened++
      let open = true
      return {
        read: () => {
          assert.ok(open, 'used after its release')
          return counts.opened
        },
        release: () => {
          open = false
          counts.released++
        },
      }
    },
    idleMs,
    () => released.shift()?.(),
  )
  return {
    counts,
    resource,
    failNext: (times: number) => {
      fails = times
    },
    nextRelease: () => new Promise<void>((resolve) => released.push(resolve)),
  }
}

it('opened once for all who come, released when nobody did for a while, opened anew for the next', async () => {
  const { counts, resource, nextRelease } = watched(5)
  const gone = nextRelease()
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => resource.use(({ read }) => read()))), [1, 1, 1])
  await gone
  assert.deepEqual(counts, { opened: 1, released: 1 })
  const goneAgain = nextRelease()
  assert.equal(await resource.use(({ read }) => read()), 2)
  await goneAgain
  assert.deepEqual(counts, { opened: 2, released: 2 })
})

it('what fails to open is tried anew, and what fails in use stays open', async () => {
  const { counts, resource, failNext, nextRelease } = watched(5)
  failNext(1)
  await assert.rejects(
    resource.use(({ read }) => read()),
    /no such model/,
  )
  const gone = nextRelease()
  await assert.rejects(
    resource.use(() => {
      throw new Error('bad recording')
    }),
    /bad recording/,
  )
  assert.equal(counts.opened, 1)
  await gone
  assert.deepEqual(counts, { opened: 1, released: 1 })
})
