/** Every stored input and some hundreds of mutants at each door, the same ones every time; `npm run -s fuzz` tries more. */
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { DOOR_NAMES, openDoors } from './doors.ts'
import { fuzz } from './fuzzer.ts'

const MUTANTS = 400

const { doors, close } = openDoors()
after(close)

for (const door of doors) {
  it(`mutants at the door ${door.name} are taken or refused, and nothing else happens`, async (t) => {
    const { tried, outcomes, faults } = await fuzz({ door, seed: 22, goesOn: (so) => so < MUTANTS })
    t.diagnostic(`${tried} inputs, ${outcomes.size} outcomes`)
    for (const { file, error } of faults) assert.fail(`${file}: ${(error as Error).stack}`)
    assert(outcomes.size >= 4, [...outcomes].join('\n'))
  })
}

it('an option can name every door', () => {
  assert.deepEqual(
    doors.map(({ name }) => name),
    DOOR_NAMES,
  )
})

it('a fault at a door is found, kept and told', async () => {
  const [planted] = doors
  const door = {
    ...planted!,
    judge: async (bytes: Buffer) => {
      if (bytes.length % 2 === 1) throw new Error('planted')
      return 'even'
    },
  }
  const { faults } = await fuzz({ door, seed: 1, goesOn: (so) => so < 100, isDry: true })
  assert.equal(faults.length, 1)
})
