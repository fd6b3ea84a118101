/**
 * Blanks that are pauses in Chinese text: between phrases, behind a value before the next label, behind the number of a chapter.
 */
import { CLASSIFIER_PATTERN } from './zh-units.ts'

const HAN = '[\\u4e00-\\u9fff]'
/** What a number counts, so that no label begins with it. */
const COUNTED = `(?!(?:${CLASSIFIER_PATTERN}|[万亿千百多余几])[\\u4e00-\\u9fff]?[:：])`
/** What is numbered, and has a name of its own behind the number. */
const NUMBERED =
  '(?<![A-Za-z])(?:[Dd]ay|DAY|[Ss]tep|STEP|[Pp]art|PART|[Cc]hapter|[Ll]esson|[Uu]nit|[Ww]eek|[Rr]ound|[Ll]evel|[Mm]odule|[Ss]ection|[Ee]pisode|[Tt]ask|[Tt]ips?|[Pp]hase)|[图表例]|附[图表件]|步骤|任务|阶段'
const PAUSES = new RegExp(
  [
    // Phrases; single characters are set apart for the eye.
    `(?<=${HAN}{2}) +(?=${HAN}{2})(?!左右|上下|以[上下内后前]|之[间后前内]|[一二三四五六七八九十两]{1,3}[点點月日号号时])(?!(?<=[一二三四五六日天] {1,4})(?:[上中下]午|[早晚]上|凌晨))`,
    // A value and the next label, a telephone and what stands beside it.
    `(?<=[\\dA-Za-z%％℃°]) +(?=${HAN}{2,6}[:：])${COUNTED}`,
    `(?<=\\d{7}) +(?=${HAN}{2})`,
    `(?<=${HAN}{2}) +(?=1[3-9]\\d{9}(?!\\d))`,
    // An hour behind what was told of another; a price behind a price; one day's number behind another's.
    `(?<=\\d[:：]\\d\\d ?(?![至到])${HAN}{1,12})(?<![早晚午上里间晨天日]) +(?=\\d{1,2}[:：]\\d\\d)`,
    `(?<=\\d元) +(?=\\d{1,6}(?:\\.\\d|[号#号件个斤份]))`,
    `(?<=\\d[度℃%％]) +(?=${HAN}{2,6} ?-?\\d)`,
    // The number of a chapter and its name.
    `(?<=(?:${NUMBERED}) ?\\d{1,3}) +(?=${HAN}{2})(?!所[示列述]|显示|展示|给出|[中里和与及或是为的]|以[上下])`,
  ].join('|'),
  'g',
)

/** A clause that a program has cut into words: four or more in a row, single characters among them. */
const CUT = new RegExp(`(?<!${HAN})(?:${HAN}{1,4} +){3,60}${HAN}{1,4}(?!${HAN})`, 'g')
const SINGLE = new RegExp(`(?<!${HAN})${HAN}(?!${HAN})`)

const joined = (clause: string): string => (SINGLE.test(clause) ? clause.replaceAll(' ', '') : clause)

export const pausedAtBlanks = (text: string): string => text.replace(CUT, joined).replace(PAUSES, '，')
