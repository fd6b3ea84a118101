/** The instruction that clients of version-3 models write before a transcript, ended by a mark. */

const END_OF_PROMPT = '<|endofprompt|>'

/**
 * What the recording says, without an instruction before it (`You are a helpful assistant.<|endofprompt|>`): a
 * version-2 model has no place for one and would take its words for said.
 */
export function withoutInstruction(promptText: string): string {
  const at = promptText.lastIndexOf(END_OF_PROMPT)
  return (at < 0 ? promptText : promptText.slice(at + END_OF_PROMPT.length)).trim()
}
