/** A text that fits a voice, by language; what people wrote themselves stays. */

const TEXTS = {
  en: 'Good morning, and welcome. Every word of this is being made while you listen.',
  zh: '早上好，欢迎。你听到的每一个字，都是此刻刚刚生成的。',
  yue: '早晨，歡迎你。你聽到嘅每一個字，都係而家先至做出嚟㗎。',
  ja: 'オハヨウゴザイマス。イマ、アナタガキイテイルコトバハ、スベテコノバデツクラレテイマス。',
  ko: '좋은 아침입니다. 지금 들리는 모든 말은 바로 이 순간 만들어지고 있습니다.',
  de: 'Guten Morgen und willkommen. Jedes Wort entsteht, während Sie zuhören.',
  fr: 'Bonjour et bienvenue. Chaque mot est créé pendant que vous écoutez.',
  es: 'Buenos días y bienvenidos. Cada palabra se crea mientras usted escucha.',
  it: 'Buongiorno e benvenuti. Ogni parola nasce mentre ascoltate.',
  ru: 'Доброе утро и добро пожаловать. Каждое слово рождается, пока вы слушаете.',
  pt: 'Bom dia e bem-vindos. Cada palavra é feita enquanto você escuta.',
}

const SAMPLES = {
  en: 'Hello, this is how I sound.',
  zh: '你好，我的声音是这样的。',
}

const languageOf = (tag) => (tag ?? 'en').split('-')[0].toLowerCase()

export const textFor = (tag) => TEXTS[languageOf(tag)] ?? TEXTS.en

/** A short one, for hearing a voice. */
export const sampleFor = (tag) => SAMPLES[languageOf(tag)] ?? textFor(tag)

/** Nothing, or one of ours: a text that may be replaced. */
export const isOurs = (text) => text.trim() === '' || Object.values(TEXTS).includes(text)
