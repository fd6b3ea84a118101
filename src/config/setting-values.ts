/** Kinds of values that settings take in more than one spelling. */
import { isIP } from 'node:net'
import { z } from 'zod'

const MIB = 1024 * 1024

/** A number of bytes, or text such as `50MB` (1024 steps, as the API document counts). */
export function byteCount(min: number, max: number) {
  return z
    .union([z.number(), z.string().regex(/^\d+(\.\d+)?\s*([KMG]i?B?|B)?$/i)], {
      error: 'expected a number of bytes such as 52428800 or "50MB"',
    })
    .transform((value) => (typeof value === 'number' ? value : parseBytes(value)))
    .pipe(z.int().min(min).max(max))
}

function parseBytes(text: string): number {
  const unit = /[KMG]/i.exec(text)?.[0].toUpperCase()
  const scale = unit === 'K' ? 1024 : unit === 'M' ? MIB : unit === 'G' ? 1024 * MIB : 1
  return Math.round(Number.parseFloat(text) * scale)
}

export function isAddressOrSubnet(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

export interface RateLimit {
  readonly count: number
  readonly seconds: number
}

/** `"10/minute"` → 10 per 60 s; `"off"` → null; anything else → undefined. */
export function parseRateLimit(text: string): RateLimit | null | undefined {
  if (text === 'off') return null
  const match = /^([1-9]\d{0,8})\/(second|minute|hour|day)$/.exec(text)
  if (match === null) return undefined
  return { count: Number(match[1]), seconds: SECONDS[match[2] as keyof typeof SECONDS] }
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const
