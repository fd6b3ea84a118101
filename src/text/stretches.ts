/**
 * Pieces of markup → stretches of text with one speed, and the silence behind each.
 */
import { ITEM, LINE, PARAGRAPH } from './lines.ts'
import type { End, Piece, Stretch } from './pieces.ts'
import type { Slots } from './slots.ts'

const ENDS: Readonly<Record<End, string>> = { cell: ', ', line: ITEM, paragraph: `${LINE}${LINE}` }

export function stretchesOf(pieces: readonly Piece[], slots: Slots): Stretch[] {
  const stretches: Stretch[] = []
  let text = ''
  let rate = 1
  const close = (pauseMs: number) => {
    if (text.trim() !== '' || pauseMs > 0) stretches.push({ text, pauseMs, rate })
    text = ''
  }
  for (const piece of pieces) {
    if (piece.kind === 'written') text += piece.text.replaceAll(PARAGRAPH, ' ')
    else if (piece.kind === 'end') text = withEnd(text, piece.end)
    else if (piece.kind === 'pause') close(piece.ms)
    else if (piece.kind === 'rate') {
      close(0)
      rate = piece.factor
    } else text += slots.putPiece(piece)
  }
  close(0)
  return stretches
}

/** One end after the other counts once, the strongest. */
function withEnd(text: string, end: End): string {
  const trimmed = end === 'cell' ? text : text.replace(/(?:, )$/, '')
  return trimmed + ENDS[end]
}
