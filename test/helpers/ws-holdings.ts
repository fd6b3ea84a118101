/**
 * What a session over a WebSocket holds, told by its effects alone: which effects may follow which, without a word of phases.
 */
import assert from 'node:assert/strict'
import type { WsEffect } from '../../src/server/ws/ws-session-state.ts'

export class Holdings {
  isPreparing = false
  hasVoice = false
  utterance: 'none' | 'starting' | 'open' | 'finished' = 'none'
  isClosed = false
  appended = ''
  timerArmed = false

  apply(effect: WsEffect): void {
    assert.ok(!this.isClosed, `${effect.do} after release`)
    switch (effect.do) {
      case 'prepare':
        assert.ok(!this.isPreparing && !this.hasVoice, 'one voice a session')
        this.isPreparing = true
        return
      case 'start':
        assert.ok(
          this.hasVoice && this.utterance === 'none',
          'an utterance needs a voice and no other utterance',
        )
        this.utterance = 'starting'
        this.appended = ''
        return
      case 'append':
      case 'flush':
        assert.equal(this.utterance, 'open', `${effect.do} goes to open speech`)
        if (effect.do === 'append') this.appended += effect.text
        return
      case 'finish':
        assert.equal(this.utterance, 'open')
        this.utterance = 'finished'
        return
      case 'cancel':
        assert.notEqual(this.utterance, 'none', 'there is something to cancel')
        this.utterance = 'none'
        return
      case 'arm-flush':
        assert.equal(this.utterance, 'open')
        this.timerArmed = true
        return
      case 'disarm-flush':
        this.timerArmed = false
        return
      case 'release':
        assert.notEqual(this.utterance, 'starting', 'no utterance is left behind')
        assert.notEqual(this.utterance, 'open', 'no utterance is left behind')
        assert.ok(!this.timerArmed, 'no timer is left behind')
        this.isClosed = true
        return
      default:
    }
  }
}
