/**
 * Puts a few texts through the rules before a client does. A pattern is compiled when it is first used, once for Latin
 * letters and once for others. The first text in Chinese would hold the event loop for a tenth of a second.
 */
import { speakable } from './speakable.ts'

const TEXTS = [
  'On 3 May at 10:30, **Dr. Lee** paid $5.50 (about 12%) for 2 kg of tea; see https://example.com/a?b=1.',
  '你好，今天是2026年3月5日10:30，一共花了5.50元，约占12%。请看https://example.com/a?b=1，谢谢。',
  '我用 iPhone 15 Pro 拍照，OK 了。',
  '<speak>Hello <break time="500ms"/> world</speak>',
]
/** A pattern is compiled as it stands first, and for speed where it is used again. */
const TIMES = 2

export function warmRules(countTokens: (text: string) => number): void {
  for (let time = 0; time < TIMES; time++)
    for (const text of TEXTS)
      for (const { text: said } of speakable(text, { countTokens }).segments) countTokens(said)
}
