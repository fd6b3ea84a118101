/**
 * `npm run -s fuzz -- --minutes 60`: mutants of the stored corpora at every door, as long as one wants.
 *
 * Prints what was tried; ends with 1 where a fault was found, whose input then lies in the corpus.
 */
import { Command, InvalidArgumentError } from 'commander'
import { openDoors } from './doors.ts'
import { fuzz } from './fuzzer.ts'

function readNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError(`expected a number of at least 0, got ${text}`)
}

const { doors, close } = openDoors()
const names = doors.map(({ name }) => name)
const command = new Command('fuzz')
  .description(`mutants of stored inputs at the doors ${names.join(', ')}`)
  .option('--minutes <n>', 'of all doors together', readNumber, 1)
  .option('--door <name>', 'one of them')
  .option('--seed <n>', 'another one tries other inputs', readNumber, 1)
  .option('--grow', 'store inputs that lead to something new')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse(process.argv)
const {
  minutes,
  door: only,
  seed,
  grow,
} = command.opts<{
  minutes: number
  door?: string
  seed: number
  grow?: true
}>()
const chosen = doors.filter(({ name }) => only === undefined || name === only)
if (chosen.length === 0) {
  console.error(`fuzz: expected a door (${names.join(', ')}), got ${only}`)
  process.exit(2)
}
let found = 0
for (const door of chosen) {
  const untilMs = performance.now() + (minutes * 60_000) / chosen.length
  const { tried, outcomes, faults } = await fuzz({
    door,
    seed,
    goesOn: () => performance.now() < untilMs,
    isGrowing: grow === true,
  })
  console.log(`${door.name}: ${tried} inputs, ${outcomes.size} outcomes, ${faults.length} faults`)
  for (const { file, error } of faults) console.log(`${file}\n${(error as Error).stack}`)
  found += faults.length
}
close()
process.exit(found > 0 ? 1 : 0)
