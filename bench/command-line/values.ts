/** Values of options: each reader returns what was meant, or throws what was expected and what came. */
import { existsSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'

/** 0, 1, 2… */
export function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected a whole number, got '${text}'`)
}

/** 1, 2, 3… */
export function positive(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected a whole number above 0, got '${text}'`)
}

export function positiveNumber(text: string): number {
  const value = numberOf(text)
  if (value > 0) return value
  throw new InvalidArgumentError(`expected a number above 0, got '${text}'`)
}

export function notNegative(text: string): number {
  const value = numberOf(text)
  if (value >= 0) return value
  throw new InvalidArgumentError(`expected a number from 0 on, got '${text}'`)
}

/** NaN for what is no finite number; the empty text is none. */
function numberOf(text: string): number {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) ? value : Number.NaN
}

/** Values separated by commas, each read by `read`. */
export function listOf<T>(read: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((one) => read(one))
}

/** One of a few words. A lone option of them has commander's `choices`. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`expected ${words.join(', ')}, got '${text}'`)
  }
}

/** A path under which something lies. */
export function existing(path: string): string {
  if (existsSync(path)) return path
  throw new InvalidArgumentError(`expected a file or folder that exists, got '${path}'`)
}

/** Devices as `serve` takes them, separated by commas; whether they are there is found out later. */
export function deviceNames(text: string): string {
  if (text.split(',').every((name) => /^(?:auto|cpu:[1-9]\d{0,2}|cuda:\d{1,3})$/.test(name))) return text
  throw new InvalidArgumentError(`expected auto, cpu:1… (threads) or cuda:0… (GPU), got '${text}'`)
}
