/** Token ids back to text, for the transcripts of stored voices. */

/** Character → byte. Printable Latin-1 stands for itself; the other bytes, in order, are U+0100 and up. */
const BYTE_OF: ReadonlyMap<string, number> = byteAlphabet()

function byteAlphabet(): ReadonlyMap<string, number> {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  const alphabet = new Map<string, number>()
  let moved = 0
  for (let byte = 0; byte < 256; byte++) {
    alphabet.set(String.fromCodePoint(isPrintable(byte) ? byte : 0x100 + moved++), byte)
  }
  return alphabet
}

/** Text of `ids`; an id that `tokens` does not have gives nothing. `plain` tokens stand as they are. */
export function decodeIds(
  ids: readonly number[],
  tokens: ReadonlyMap<number, string>,
  plain: ReadonlyMap<number, string>,
): string {
  const bytes: number[] = []
  for (const id of ids) {
    const special = plain.get(id)
    if (special !== undefined) bytes.push(...Buffer.from(special))
    else for (const character of tokens.get(id) ?? '') bytes.push(BYTE_OF.get(character) ?? 0x3f)
  }
  return Buffer.from(bytes).toString('utf8')
}
