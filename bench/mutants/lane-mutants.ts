/** Faults in lanes: their supervision, their slots, their turns, and restarts of the server. */
import { inBuild, type MutantArea } from './mutant.ts'

export const LANE_AREAS: readonly MutantArea[] = [
  {
    name: 'lanes',
    tests: [
      'lanes/watchdog.test',
      'lanes/device.test',
      'lanes/device-utterances.test',
      'reliability/row-09-lanes-return.test',
      'reliability/row-11-hung-lanes.test',
    ],
    mutants: [
      ...inBuild(
        'src/lanes/watchdog',
        ['Math.min(elapsedMs, intervalMs * 2)', 'elapsedMs'],
        ['before.turns === pulse.turns && before.runs === pulse.runs', 'before.runs === pulse.runs'],
        ['same ? before.stuckMs +', 'true ? before.stuckMs +'],
        ['Math.min(30_000,', 'Math.min(Infinity,'],
        ['(0.75 + 0.5 * random)', '1'],
        ['if (later - at > SAME_ROW_MS)\n            break', ''],
        ['>= LOST_FAILURES', '> LOST_FAILURES'],
      ),
      ...inBuild(
        'src/lanes/lane-supervisor',
        ['!this.#stopping && this.#seats.every', 'this.#seats.every'],
        ['this.#events.onDeath(seat, reason);', ''],
        ['this.#startLater(seat);\n    }\n    /** Counts', '}\n    /** Counts'],
        ['if (seat.lane === lane)\n                this.#events.onHung(role)', ''],
        ['seat.control.reset();', ''],
        ['ended.every((each) => each)', 'true'],
      ),
      ...inBuild(
        'src/lanes/device',
        ['this.#breakRing(slot);\n            // The dead lane', '// The dead lane'],
        ['resetRing(this.#audioRings[slot])', ''],
        ['this.#utterances.fail(slot, epoch, `the $', '(() => {})(slot, epoch, `the $'],
      ),
      ...inBuild(
        'src/lanes/device-utterances',
        ["this.leave(entry.slot, entry.epoch, 'reader')", ''],
        ['utterance.tellFailure(utterance.failure)', ''],
        ['utterance?.epoch !== epoch', 'false'],
        ['acoustic === seat)', 'acoustic !== undefined)'],
      ),
    ],
  },
  {
    name: 'turns',
    tests: [
      'workers/lane-delivery.test',
      'workers/state-budget.test',
      'workers/llm-lane-turns.test',
      'workers/acoustic-lane-turns.test',
    ],
    mutants: [
      ...inBuild(
        'workers/acoustic-lane-turns',
        ['if (waiting.length > 0)\n            return false', ''],
        ['utterance.waiting = utterance.waiting.subarray(moved)', ''],
        ['utterance?.epoch === message.epoch', 'true'],
        ['utterance.audio.end(!complete)', 'utterance.audio.end(false)'],
        ['utterance.done = result.last', 'utterance.done = true'],
      ),
      ...inBuild(
        'workers/state-budget',
        ['holders.length === 0 ? all : holders', 'all'],
        ['old.arrivedMs <= each.arrivedMs', 'old.arrivedMs >= each.arrivedMs'],
        ['arrivedMs < Math.min(own.arrivedMs, since)', 'false'],
        ['fullSinceMs <= before', 'true'],
      ),
      ...inBuild(
        'src/engine/acoustic/flow-vocoder-model',
        [
          "if (utterance.tokens.failed)\n                throw new Error('the speech tokens ended early')",
          '',
        ],
        ['utterance.wholeBytes = this.#memory.wholeBytes(utterance)', ''],
        ['if (last)\n            utterance.releaseState()', ''],
        ['choices.mayGrow(other)', 'true'],
      ),
      ...inBuild(
        'workers/llm-lane-turns',
        ['other.row === moved', 'false'],
        ['utterance.draws++', ''],
        ['utterance.sink.end(failed !== undefined)', 'utterance.sink.end(false)'],
        ['utterance.epoch !== message.epoch', 'false'],
        ['step.logitsOf(i).slice()', 'step.logitsOf(0).slice()'],
      ),
    ],
  },
  {
    name: 'restarts',
    tests: ['commands/restart-policy.test'],
    mutants: inBuild(
      'src/commands/restart-policy',
      ['if (stopping)', 'if (false)'],
      ['if (code === 0)', 'if (false)'],
      ['if (code === EXIT_BAD_START)', 'if (false)'],
      ['stillborn >= MAX_STILLBORN', 'stillborn > MAX_STILLBORN'],
      ['livedMs < LONG_LIFE_MS', 'true'],
      ['Math.min(LONGEST_DELAY_MS,', 'Math.min(Infinity,'],
      ['2 ** Math.max(0, short - 1)', '1'],
      ['countLast(lives, ({ wasReady }) => !wasReady)', 'lives.length'],
    ),
  },
]
