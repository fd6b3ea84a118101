/** What each caller may start and hear: by its key where that has a rate or a quota of its own, else by its address. */
import { createRateLimiter, type RateLimiter, type SharedCounts } from './rate-limit.ts'

export interface RatedKey {
  readonly name: string
  readonly rate: string | undefined
  readonly quota: string | undefined
}

export class CallerRates {
  readonly #setting: string
  readonly #shared: SharedCounts | undefined
  /** By rate and quota; keys with the same ones are counted apart by name. */
  readonly #limiters = new Map<string, RateLimiter>()

  /** `setting` is the rate of an address. */
  constructor(setting: string, shared: SharedCounts | undefined) {
    this.#setting = setting
    this.#shared = shared
  }

  /** Counts one synthesis; throws RATE_LIMITED with the seconds to wait. */
  async consume(address: string, key: RatedKey | undefined): Promise<void> {
    if (key?.rate === undefined) return await this.#of(this.#setting).consume(address)
    await this.#of(key.rate).consume(`key ${key.name}`)
  }

  /** Counts estimated seconds of speech; throws likewise. */
  async consumeSpeech(address: string, seconds: number, key: RatedKey | undefined): Promise<void> {
    if (key?.quota !== undefined)
      return await this.#of(key.rate ?? 'off', key.quota).consumeSpeech(`key ${key.name}`, seconds)
    if (key?.rate === undefined) return await this.#of(this.#setting).consumeSpeech(address, seconds)
    await this.#of(key.rate).consumeSpeech(`key ${key.name}`, seconds)
  }

  #of(rate: string, quota?: string): RateLimiter {
    const place = `${rate} ${quota ?? ''}`
    const found = this.#limiters.get(place)
    if (found !== undefined) return found
    const made = createRateLimiter(rate, {
      shared: this.#shared,
      ...(quota === undefined ? {} : { quota }),
      ...(rate === this.#setting && quota === undefined ? {} : { whose: 'with this key' }),
    })
    this.#limiters.set(place, made)
    return made
  }
}
