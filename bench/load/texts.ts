/** The built-in texts of load tests: everyday sentences of mixed length, and where others come from. */
import { readFileSync } from 'node:fs'

const ENGLISH = [
  'Good morning, and welcome.',
  'The train to the coast leaves at half past nine from platform two.',
  'Please keep your ticket until the end of the journey.',
  'It rained all night, but the morning was clear and cold.',
  'Could you tell me the way to the old library?',
  'We planted three apple trees behind the house last spring.',
  'The meeting was moved to Thursday because two of us are away.',
  'Nobody knew who had left the window open.',
  'Her letter arrived a week late, and it was full of good news.',
  'Turn left after the bridge, then follow the river for a mile.',
  'The doctor asked him to rest for a few days.',
  'Dinner will be ready in about twenty minutes.',
  'They walked home slowly, talking about the film.',
  'A small dog waited in front of the bakery every morning.',
  'The price of bread went up again this month.',
  'Thank you for calling; all our lines are busy at the moment.',
]

const CHINESE = [
  '你好，这是一个测试。',
  '今天天气真不错。',
  '我们一起去公园走一走吧。',
  '请在下一站下车，然后向左走。',
  '他每天早上七点起床，先喝一杯水。',
  '这本书我已经看了两遍。',
  '会议改到明天下午三点。',
  '谢谢您的来电，请稍等。',
]

/** Characters of a long text: about nine seconds of speech. */
const LONG_CHARACTERS = 130

/** Each sentence with those behind it, until it is long. */
function long(sentences: readonly string[]): string[] {
  return sentences.map((first, i) => {
    let text = first
    for (let next = i + 1; text.length < LONG_CHARACTERS; next++)
      text += ` ${sentences[next % sentences.length]!}`
    return text
  })
}

/** `en`, `zh`, `mixed`, `long` (some nine seconds, English), or a file with one text a line. Throws where that file has none. */
export function textsOf(name: string): readonly string[] {
  if (name === 'en') return ENGLISH
  if (name === 'zh') return CHINESE
  if (name === 'long') return long(ENGLISH)
  if (name === 'mixed') return [...ENGLISH, ...CHINESE]
  const texts = readFileSync(name, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (texts.length === 0) throw new Error(`${name}: expected a text on each line, got none`)
  return texts
}
