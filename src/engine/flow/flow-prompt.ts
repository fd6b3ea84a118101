/**
 * A voice's prompt, solved as far as it depends on nothing else: what every reply in that voice begins with.
 *
 * It never changes and lies in shared memory: one lane solves it, all read it.
 */
import type { SharedPrompt } from '../../core/shared-prompt.ts'
import type { DeviceMemory } from '../runtime/runtime.ts'
import type { FlowDims } from './flow-dims.ts'
import { FlowMemory } from './flow-memory.ts'
import type { FlowVoice } from './flow-voice.ts'

export class FlowPrompt {
  readonly voice: FlowVoice
  /** Of the voice's speech tokens: whole blocks, none where the prompt is shorter than one. */
  readonly solvedTokens: number
  readonly memory: FlowMemory

  private constructor(voice: FlowVoice, solvedTokens: number, memory: FlowMemory) {
    this.voice = voice
    this.solvedTokens = solvedTokens
    this.memory = memory
  }

  /** A copy of what is solved of a voice's prompt, no larger than that. */
  static of(voice: FlowVoice, memory: FlowMemory, solvedTokens: number): FlowPrompt {
    const copy = FlowMemory.reserveShared(memory.bank.device, memory.dims, Math.max(1, solvedTokens))
    copy.copyFrom(memory, solvedTokens)
    return new FlowPrompt(voice, solvedTokens, copy)
  }

  /** The prompt that another lane has solved. */
  static from(
    device: DeviceMemory,
    dims: FlowDims,
    voice: FlowVoice,
    { solvedTokens, memory }: SharedPrompt,
  ): FlowPrompt {
    return new FlowPrompt(voice, solvedTokens, FlowMemory.over(device, dims, memory))
  }

  /** Whether other lanes of the device can take it over. */
  get isShared(): boolean {
    return this.memory.bank.device.sharesWithThreads
  }

  get shared(): SharedPrompt {
    return { solvedTokens: this.solvedTokens, memory: this.memory.shared }
  }

  /** Tokens that are solved only together with the reply's. */
  get pendingTokens(): number {
    return this.voice.speechTokens.length - this.solvedTokens
  }

  get bytes(): number {
    return this.memory.bytes
  }
}
