/** One thing that the dry run asserts. */
export interface Line {
  readonly name: string
  readonly ok: boolean
  readonly figure: number | string
  readonly expected: string
}

export const line = (name: string, figure: number | string, expected: string, ok: boolean): Line => ({
  name,
  ok,
  figure,
  expected,
})

export const atMost = (name: string, figure: number, limit: number): Line =>
  line(name, figure, `≤ ${limit}`, figure <= limit)

export const exactly = (name: string, figure: number | string, wanted: number | string): Line =>
  line(name, figure, String(wanted), figure === wanted)
