/** The dialogue as a pure function: stated rules, and random message orders against a second, simpler model. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TtsError } from '../../src/core/errors.ts'
import { closeCodeOf } from '../../src/server/ws/ws-refusals.ts'
import { INITIAL_WS_STATE, type WsInput } from '../../src/server/ws/ws-session-state.ts'
import { stepWsSession } from '../../src/server/ws/ws-step.ts'
import { Holdings } from '../helpers/ws-holdings.ts'
import {
  AUDIO,
  CANCEL,
  command,
  ended,
  FAULT,
  FINISH,
  FLUSH,
  init,
  LIMITS,
  run,
  SPEAKING,
  started,
  text,
  VOICE_READY,
} from '../helpers/ws-messages.ts'

test('the documented dialogue: init, audio, texts, finish, audio to its end, close 1000', () => {
  const { log, state } = run(...SPEAKING, text('b'), text('c', true), ended())
  assert.equal(
    log,
    'prepare notify(ready) start notify(started) append(a) arm-flush append(b) arm-flush append(c) disarm-flush finish notify(done) close(1000) release',
  )
  assert.equal(state.phase, 'closed')
})

test('text that comes before the voice or the slot is there is kept, in order', () => {
  assert.equal(
    run(init(), AUDIO, text('a'), text('b'), FLUSH, VOICE_READY, text('c'), started()).log,
    'prepare notify(ready) start notify(started) append(abc) disarm-flush flush',
  )
  assert.equal(
    run(init({ voice: 'anna' }), text('a', true), VOICE_READY, started(), ended()).log,
    'prepare notify(ready) start notify(started) append(a) disarm-flush finish notify(done) close(1000) release',
  )
})

test('a finish after nothing but blanks is a fault, wherever the blanks came', () => {
  for (const inputs of [
    [text('  ', true)],
    [text(' '), FINISH],
    [text('\n'), text('\t', true)],
    [text(' '), command({ flush: true }), text('', true)],
  ]) {
    for (const before of [
      [init(), AUDIO],
      [init(), AUDIO, VOICE_READY],
    ]) {
      const { log } = run(...before, ...inputs, VOICE_READY)
      assert.match(log, /fail\(MISSING_PARAMETER,1008\) release$/)
    }
  }
  const said = run(...SPEAKING, text('a'), text('  ', true))
  assert.doesNotMatch(said.log, /fail/)
  const cancelled = run(init(), AUDIO, text('a'), command({ cancel: true }), VOICE_READY, text(' ', true))
  assert.doesNotMatch(cancelled.log, /fail/)
})

test('a finish without any text closes with 1000 and makes nothing, and one after empty text is a fault', () => {
  assert.equal(
    run(init(), AUDIO, VOICE_READY, FINISH).log,
    'prepare notify(ready) notify(done) close(1000) release',
  )
  assert.match(run(init(), AUDIO, VOICE_READY, text('', true)).log, /fail\(MISSING_PARAMETER/)
  assert.match(run(init(), AUDIO, VOICE_READY, text(''), FINISH).log, /fail\(MISSING_PARAMETER/)
})

test('what of a text was not said is told with its end', () => {
  const warned = { ...ended(1), warnings: ['letters of the Hebrew script are not said'] } as const
  const { effects } = run(...SPEAKING, FINISH, warned)
  const done = effects.find((effect) => effect.do === 'notify' && effect.event === 'done')
  assert.deepEqual(done, { do: 'notify', event: 'done', warnings: warned.warnings })
})

test('an empty text starts nothing', () => {
  assert.equal(
    run(init(), AUDIO, VOICE_READY, text(''), text('  '), command({})).log,
    'prepare notify(ready)',
  )
})

test('a cancel drops the utterance and keeps the socket: the next text is a new utterance', () => {
  assert.equal(
    run(...SPEAKING, CANCEL, text('b'), started(2), FINISH, ended(2)).log.slice(
      'prepare notify(ready) '.length,
    ),
    'start notify(started) append(a) arm-flush disarm-flush cancel notify(cancelled) ' +
      'start notify(started) append(b) arm-flush disarm-flush finish notify(done) close(1000) release',
  )
  const waiting = run(init(), AUDIO, text('a'), CANCEL, VOICE_READY)
  assert.equal(waiting.log, 'prepare notify(cancelled) notify(ready)', 'kept text is dropped too')
  const early = run(init(), AUDIO, VOICE_READY, CANCEL)
  assert.equal(early.log, 'prepare notify(ready) notify(cancelled)', 'also where there is nothing to drop')
  assert.match(
    run(...SPEAKING, FINISH, CANCEL).log,
    /finish cancel notify\(cancelled\) close\(1000\) release$/,
  )
})

test('reports of an utterance that was cancelled are ignored', () => {
  const cancelled = [init(), AUDIO, VOICE_READY, text('a'), CANCEL, text('b')] as const
  for (const late of [started(1), ended(1), { type: 'speech-failed', utterance: 1, error: FAULT } as const]) {
    const { state, effects } = run(...cancelled, late)
    assert.equal(state.phase, 'starting')
    assert.equal(effects.at(-1)?.do, 'start')
  }
})

test('a message out of its order ends the socket with 1008 and frees what is held', () => {
  const wrong: [string, WsInput[]][] = [
    ['text before init', [text('a')]],
    ['audio before init', [AUDIO]],
    ['text where audio is due', [init(), text('a')]],
    ['audio twice', [init(), AUDIO, AUDIO]],
    ['audio while speaking', [...SPEAKING, AUDIO]],
    ['audio for a stored voice', [init({ voice: 'anna' }), AUDIO]],
    ['text after finish', [...SPEAKING, FINISH, text('b')]],
    ['text after a finish that waits', [init(), AUDIO, text('a', true), text('b')]],
    ['init twice', [init(), init()]],
    ['cancel with text', [...SPEAKING, command({ cancel: true, tts_text: 'b' })]],
    [
      'an unreadable message',
      [...SPEAKING, { type: 'malformed', error: new TtsError('INVALID_REQUEST', 'x', 'x') }],
    ],
    ['init without a voice of any kind', [init({})]],
  ]
  for (const [name, inputs] of wrong) {
    const { log, state } = run(...inputs)
    assert.match(log, /fail\((INVALID_REQUEST|MISSING_PARAMETER),1008\) release$/, name)
    assert.equal(state.phase, 'closed', name)
    if (inputs.length > SPEAKING.length) assert.match(log, /cancel fail/, `${name} frees the utterance`)
  }
})

test('a second finish without text is no fault', () => {
  assert.equal(run(...SPEAKING, FINISH, FINISH).state.phase, 'finishing')
})

test('texts are limited one by one and together', () => {
  assert.match(run(...SPEAKING, text('x'.repeat(11))).log, /cancel fail\(TEXT_TOO_LONG,1008\) release$/)
  const together = run(...SPEAKING, text('x'.repeat(10)), text('x'.repeat(10)), text('x'.repeat(5)))
  assert.match(together.log, /fail\(TEXT_TOO_LONG,1008\) release$/)
})

test('how an error ends the socket depends on whose fault it is', () => {
  const code = (name: ConstructorParameters<typeof TtsError>[0]) => closeCodeOf(new TtsError(name, '', ''))
  assert.equal(code('LANE_FAILED'), 1011)
  assert.equal(code('INTERNAL'), 1011)
  assert.equal(code('OVERLOADED'), 1013)
  assert.equal(code('RATE_LIMITED'), 1013)
  assert.equal(code('MODEL_NOT_READY'), 1013)
  assert.equal(code('VOICE_NOT_FOUND'), 1008)
  assert.equal(code('UNSUPPORTED_AUDIO'), 1008)
  assert.equal(code('FILE_TOO_LARGE'), 1009)
  assert.equal(code('DRAINING'), 1001)
})

test('an idle client is hung up on, but not while the server works for it', () => {
  const idle: WsInput = { type: 'idle' }
  for (const inputs of [[], [init()], [init(), AUDIO, VOICE_READY], SPEAKING]) {
    assert.match(run(...inputs, idle).log, /fail\(INVALID_REQUEST,1008\) release$/)
  }
  for (const inputs of [
    [init(), AUDIO],
    [init(), AUDIO, VOICE_READY, text('a')],
    [...SPEAKING, FINISH],
  ]) {
    assert.doesNotMatch(run(...inputs, idle).log, /fail/)
  }
})

test('a draining server hangs up on those who wait for their client and lets speech finish', () => {
  const draining: WsInput = { type: 'draining' }
  for (const inputs of [[], [init()], [init(), AUDIO, VOICE_READY]]) {
    assert.match(run(...inputs, draining).log, /fail\(DRAINING,1001\) release$/)
  }
  assert.match(
    run(...SPEAKING, draining, FINISH, ended()).log,
    /finish notify\(done\) close\(1000\) release$/,
  )
  assert.match(
    run(...SPEAKING, draining, CANCEL).log,
    /cancel notify\(cancelled\) fail\(DRAINING,1001\) release$/,
  )
})

test('whatever the order of messages and reports, nothing is left behind and text arrives in order', () => {
  const arbitraryInput = fc.oneof(
    fc.constantFrom(init(), init({ voice: 'anna' }), AUDIO, FLUSH, CANCEL, FINISH, VOICE_READY, command({})),
    fc.constantFrom<WsInput>({ type: 'flush-due' }, { type: 'idle' }, { type: 'draining' }, { type: 'gone' }),
    fc.constantFrom<WsInput>({ type: 'voice-failed', error: FAULT }, { type: 'malformed', error: FAULT }),
    fc.tuple(fc.string({ maxLength: 4 }), fc.boolean()).map(([words, finish]) => text(words, finish)),
    fc
      .tuple(
        fc.constantFrom('speech-started', 'speech-ended', 'speech-failed'),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([type, utterance]) => ({ type, utterance, error: FAULT }) as WsInput),
  )
  // Most sessions start right, or nearly all would end at their first message.
  const arbitrarySession = fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.array(arbitraryInput, { maxLength: 25 }))
    .map(([right, rest]) => [...SPEAKING.slice(0, right), ...rest])
  let closed = 0
  fc.assert(
    fc.property(arbitrarySession, (inputs) => {
      let state = INITIAL_WS_STATE
      const held = new Holdings()
      let said = ''
      for (const input of inputs) {
        // Only what can happen is reported: a voice that was asked for, an utterance that runs.
        if (input.type === 'voice-ready' && !held.isPreparing) continue
        if (input.type === 'speech-started' && held.utterance !== 'starting') continue
        if (input.type === 'speech-ended' && (held.utterance === 'none' || held.utterance === 'starting'))
          continue
        const before = state
        const step = stepWsSession(state, input, LIMITS)
        state = step.state
        if (input.type === 'voice-ready' && before.phase === 'preparing') held.hasVoice = true
        if (input.type === 'speech-started' && input.utterance === before.utterance) held.utterance = 'open'
        if (input.type === 'speech-ended' && input.utterance === before.utterance) held.utterance = 'none'
        // The flush timer fires once and is then not armed.
        if (input.type === 'flush-due') held.timerArmed = false
        if (input.type === 'command') {
          if (input.command.cancel || before.phase === 'ready') said = ''
          if (!input.command.cancel && before.phase !== 'closed') said += input.command.tts_text ?? ''
        }
        for (const effect of step.effects) held.apply(effect)
        assert.equal(held.isClosed, state.phase === 'closed', 'released exactly when closed')
        if (state.phase === 'ready') said = ''
        if (state.phase === 'speaking') {
          assert.equal(held.appended, said)
          assert.equal(state.waiting.text, '')
        }
      }
      const last = stepWsSession(state, { type: 'gone' }, LIMITS)
      for (const effect of last.effects) held.apply(effect)
      assert.ok(held.isClosed)
      if (state.phase === 'closed') closed++
    }),
    { numRuns: 5000 },
  )
  assert.ok(closed > 100, 'many sessions ended by themselves')
})

test('texts as long as is allowed are taken, one character more is not', () => {
  const most = [...SPEAKING, text('a'.repeat(10)), text('b'.repeat(10)), text('c'.repeat(4))]
  assert.doesNotMatch(run(...most).log, /fail/)
  assert.match(run(...most, text('d')).log, /fail\(TEXT_TOO_LONG,1008\) release$/)
  assert.match(run(...SPEAKING, text('a'.repeat(11))).log, /fail\(TEXT_TOO_LONG,1008\) release$/)
})

test('a finish that came early stays, whatever comes without one', () => {
  const { log, state } = run(init(), AUDIO, text('a', true), FLUSH, VOICE_READY, started())
  assert.match(log, /append\(a\) disarm-flush finish$/)
  assert.equal(state.phase, 'finishing')
})

test('cancel comes alone', () => {
  for (const more of [{ finish: true }, { flush: true }, { tts_text: 'a' }])
    assert.match(
      run(...SPEAKING, command({ cancel: true, ...more })).log,
      /fail\(INVALID_REQUEST,1008\) release$/,
    )
})

test('a message without text does not put off the flush that is due', () => {
  assert.equal(run(...SPEAKING, text('')).log, run(...SPEAKING).log)
})
