/** Decisions counted by kind of text, and by how clear the recording is. */
import type { Decided } from './decide.ts'
import { TEXT_KINDS, type TextKind } from './pairs.ts'

export interface Row {
  readonly kind: TextKind
  /** `clear`: as recorded, or quiet between silences. `worn`: over a telephone, or in noise. */
  readonly recordings: 'clear' | 'worn'
  readonly pairs: number
  readonly transcript: number
  readonly style: number
  /** Lowest and highest gain; null where the model was never asked. */
  readonly gain: readonly [number, number] | null
}

export function rowsOf(decided: readonly Decided[]): Row[] {
  return TEXT_KINDS.flatMap((kind) =>
    (['clear', 'worn'] as const).flatMap((recordings) => {
      const of = decided.filter((each) => each.kind === kind && isWorn(each) === (recordings === 'worn'))
      if (of.length === 0) return []
      const gains = of.flatMap(({ gain }) => (gain === undefined ? [] : [Number(gain.toFixed(2))]))
      return [
        {
          kind,
          recordings,
          pairs: of.length,
          transcript: of.filter(({ mode }) => mode === 'transcript').length,
          style: of.filter(({ mode }) => mode === 'style').length,
          gain: gains.length === 0 ? null : ([Math.min(...gains), Math.max(...gains)] as const),
        },
      ]
    }),
  )
}

function isWorn({ wear }: Decided): boolean {
  return wear === 'telephone' || wear === 'noise'
}

export function printTable(rows: readonly Row[]): void {
  console.log('| text           | recordings | pairs | transcript | style | gain            |')
  console.log('| -------------- | ---------- | ----- | ---------- | ----- | --------------- |')
  for (const { kind, recordings, pairs, transcript, style, gain } of rows) {
    const cells = [
      kind.padEnd(14),
      recordings.padEnd(10),
      String(pairs).padEnd(5),
      String(transcript).padEnd(10),
      String(style).padEnd(5),
      (gain?.map((value) => value.toFixed(2)).join(' … ') ?? 'not asked').padEnd(15),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
