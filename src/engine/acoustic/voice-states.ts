/**
 * The solved prompts that an acoustic lane holds. Each voice is solved once, here or in another lane of the device. It
 * is kept while there is room, and copied into every reply.
 */
import assert from 'node:assert/strict'
import type { SharedPrompt } from '../../core/shared-prompt.ts'
import type { FlowPrompt } from '../flow/flow-prompt.ts'
import type { FlowRunner } from '../flow/flow-runner.ts'
import type { FlowState } from '../flow/flow-state.ts'
import type { FlowVoice } from '../flow/flow-voice.ts'
import type { FlowWork } from '../flow/flow-work.ts'
import type { AnnouncePrompt } from './acoustic-model.ts'

export interface VoiceEntry {
  readonly key: string
  readonly voice: FlowVoice
  /** Solved as far as it depends on nothing but the prompt; undefined until then. */
  prompt: FlowPrompt | undefined
  solving: { readonly state: FlowState; work: FlowWork | undefined } | undefined
  /** Utterances that speak with it now. */
  users: number
  lastUsed: number
  /** Main has let it go: forget it with its last utterance. */
  dropped: boolean
}

export class VoiceStates {
  readonly #flow: FlowRunner
  readonly #announce: AnnouncePrompt
  readonly #entries = new Map<string, VoiceEntry>()
  #clock = 0

  constructor(flow: FlowRunner, announce: AnnouncePrompt) {
    this.#flow = flow
    this.#announce = announce
  }

  /** A voice that utterances may name from now on. */
  add(key: string, voice: FlowVoice): void {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      // Main had let it go, and with it what it knew of the prompt.
      if (known.dropped && known.prompt !== undefined) this.#announce(key, known.prompt.shared)
      known.dropped = false
    } else {
      const entry = {
        key,
        voice,
        prompt: undefined,
        solving: undefined,
        users: 0,
        lastUsed: 0,
        dropped: false,
      }
      this.#entries.set(key, entry)
    }
  }

  /** Takes over what another lane has solved; what was begun here is given up. */
  adopt(key: string, shared: SharedPrompt): void {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.prompt !== undefined) return
    this.#giveUp(entry)
    this.#settle(entry, this.#flow.adoptPrompt(entry.voice, shared))
  }

  drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.dropped = true
    this.#forgetIfDone(entry)
  }

  use(key: string): VoiceEntry {
    const entry = this.#entries.get(key)
    assert(entry !== undefined, `voice ${key} was not given to this lane`)
    entry.users++
    entry.lastUsed = ++this.#clock
    return entry
  }

  leave(entry: VoiceEntry): void {
    assert(entry.users > 0, `voice ${entry.key} is left more often than it was used`)
    entry.users--
    this.#forgetIfDone(entry)
  }

  /** Makes the next run of solving a prompt; true once it is solved. What throws can be tried anew from the start. */
  solve(entry: VoiceEntry): boolean {
    try {
      return entry.prompt !== undefined || this.#solveOn(entry)
    } catch (error) {
      this.#giveUp(entry)
      throw error
    }
  }

  #solveOn(entry: VoiceEntry): boolean {
    const solving = this.#begin(entry)
    if (solving.work !== undefined) {
      solving.work.step()
      if (solving.work.runsLeft > 0) return false
      solving.work.commit()
      solving.work = this.#flow.begin(solving.state)
      if (solving.work !== undefined) return false
    }
    // Also where the prompt is shorter than a block: nothing of it can be solved without the reply.
    const prompt = solving.state.prompt()
    this.#giveUp(entry)
    this.#settle(entry, prompt)
    return true
  }

  /** Bytes of all prompts, and of those that could be let go. */
  get bytes(): number {
    let bytes = 0
    for (const { prompt, solving } of this.#entries.values())
      bytes += prompt?.bytes ?? solving?.state.memory.bytes ?? 0
    return bytes
  }

  get idleBytes(): number {
    return this.#idle.reduce((sum, { prompt }) => sum + prompt!.bytes, 0)
  }

  /** Evicts idle prompts, least recently used first, until `bytes` are freed or none is left. */
  free(bytes: number): void {
    let freed = 0
    for (const entry of this.#idle.sort((a, b) => a.lastUsed - b.lastUsed)) {
      if (freed >= bytes) return
      freed += entry.prompt!.bytes
      entry.prompt = undefined
      this.#announce(entry.key, undefined)
    }
  }

  /**
   * Evicts idle prompts, least recently used first, until the rest of them takes `bytes`; the one
   * used last stays, however large. Returns the bytes freed.
   */
  expire(bytes: number): number {
    const before = this.idleBytes
    const last = this.#idle.reduce<VoiceEntry | undefined>(
      (latest, each) => (latest !== undefined && latest.lastUsed > each.lastUsed ? latest : each),
      undefined,
    )
    this.free(before - Math.max(bytes, last?.prompt?.bytes ?? 0))
    return before - this.idleBytes
  }

  get #idle(): VoiceEntry[] {
    return [...this.#entries.values()].filter(({ users, prompt }) => users === 0 && prompt !== undefined)
  }

  #begin(entry: VoiceEntry): NonNullable<VoiceEntry['solving']> {
    if (entry.solving !== undefined) return entry.solving
    const { voice } = entry
    const solving: VoiceEntry['solving'] = {
      state: this.#flow.open(voice, voice.speechTokens.length),
      work: undefined,
    }
    entry.solving = solving
    solving.work = this.#flow.begin(solving.state)
    return solving
  }

  #settle(entry: VoiceEntry, prompt: FlowPrompt): void {
    entry.prompt = prompt
    if (prompt.isShared) this.#announce(entry.key, prompt.shared)
  }

  /** Ends what is being solved, and gives its memory back. */
  #giveUp(entry: VoiceEntry): void {
    entry.solving?.work?.abort()
    entry.solving?.state.release()
    entry.solving = undefined
  }

  #forgetIfDone(entry: VoiceEntry): void {
    if (!entry.dropped || entry.users > 0) return
    this.#giveUp(entry)
    this.#entries.delete(entry.key)
    if (entry.prompt !== undefined) this.#announce(entry.key, undefined)
  }
}
