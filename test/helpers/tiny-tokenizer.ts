/** The reference checkpoint's tokenizer with the special tokens that the reference gives it. */
import { join } from 'node:path'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenDir } from './paths.ts'
import { goldenJson } from './tiny-llm.ts'

export async function goldenTokenizer(): Promise<TextTokenizer> {
  const specials = await goldenJson<Record<string, number>>('tokenizer/special_ids.json')
  return TextTokenizer.load(join(goldenDir, 'CosyVoice-BlankEN'), { specials })
}
