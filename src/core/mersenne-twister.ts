/** MT19937 (Matsumoto and Nishimura 1998), 32-bit outputs. */

const WORDS = 624
const SHIFT = 397

export class MersenneTwister {
  readonly #state: Uint32Array
  #index: number

  private constructor(state: Uint32Array, index: number) {
    this.#state = state
    this.#index = index
  }

  static seeded(seed: number): MersenneTwister {
    const state = new Uint32Array(WORDS)
    state[0] = seed
    for (let i = 1; i < WORDS; i++) {
      const previous = state[i - 1]!
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
    }
    return new MersenneTwister(state, WORDS)
  }

  /** The same state, going on by itself. */
  fork(): MersenneTwister {
    return new MersenneTwister(this.#state.slice(), this.#index)
  }

  next(): number {
    if (this.#index === WORDS) this.#refill()
    let y = this.#state[this.#index++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  /** Leaves out so many outputs. */
  skip(outputs: number): void {
    let left = outputs
    while (left > WORDS - this.#index) {
      left -= WORDS - this.#index
      this.#refill()
    }
    this.#index += left
  }

  #refill(): void {
    const state = this.#state
    for (let i = 0; i < WORDS; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff)
      state[i] = state[(i + SHIFT) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.#index = 0
  }
}
