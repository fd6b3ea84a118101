/** Where the whole way of a text says something else than the reference on purpose: the first pattern that fits is the reason. */
export const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\p{Extended_Pictographic}(?<!\d)/u, 'pictures are left out'],
  [/^[。？！…\s-]+$/u, 'marks alone are nothing to say'],
  [/<\|endofprompt\|>/, 'a control token in a text is left out, and the text is normalised'],
  [/[①②③₂²³]/u, 'numbers in circles, raised and lowered ones are read'],
  [/\n/, 'lines and items end a phrase'],
  [/[~～](?=\d)|\d-\d+[%级天年]/, '~ and - between numbers are a range; ~ before one is "about"'],
  [/[<>=](?!\|)/, 'comparisons are said'],
  [/——|（/, 'a dash and a bracket are a pause'],
  [
    /(?:QQ号|ID为|单号|代号|房间|Room |Flight |室)/,
    'what names a thing is read digit by digit, as doors and flights are',
  ],
  [/拨打0\d|ext\./, 'telephone numbers have pauses; 幺 for one; ext. is a word'],
  [/mmHg/, 'a blood pressure is no fraction'],
  [/km²|\d m[ .]/, 'm is meters; units behind 万'],
  [/1990s|(?:1[1-9]|20)\d\d-(?:1|2)\d{3}/, 'decades and ranges of years'],
  [/[$￥€£]\s?\d|\d元/, 'dollars and cents, one thousand, grouped thousands'],
  [/St\.|Dr\.|C#|`/, 'abbreviations, C sharp, marks of code'],
  [/(?<!\d)2点\d|点2分/, 'two o’clock is 两点, its second minute 二分'],
  [/2日|\b2-\d/, 'the second of a month is 二日'],
  [/!!!|\.\.\./, 'repeated marks count once'],
  [/May \d|\d{4},? \d{4} |\d{4}, /, 'May is a month like others; the comma behind a year stays'],
  [/https?:|@/, 'addresses without their scheme; long numbers in them digit by digit'],
  [/version \d+\.\d\d/, 'the second number of a version is a number'],
]

/** Whether two texts are spoken alike: escapes, blanks at the ends and the last stop are not heard. */
export function sameSpeech(one: string, other: string): boolean {
  const heard = (text: string) =>
    text
      .replaceAll('\\"', '"')
      .replace(/[.。]+$/, '')
      .trim()
  return heard(one) === heard(other)
}
