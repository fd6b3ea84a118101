/**
 * Units that follow a number in English text, singular and plural.
 *
 * The table says what the reference's grammar knows; what is not here is left as it is written. One entry differs on
 * purpose: `m` is meters (the reference says minutes; see docs/text.md).
 */

/** Symbol → singular, plural. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  m: ['meter', 'meters'],
  km: ['kilometer', 'kilometers'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  nm: ['nanometer', 'nanometers'],
  kg: ['kilogram', 'kilograms'],
  g: ['gram', 'grams'],
  mg: ['milligram', 'milligrams'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  ml: ['milliliter', 'milliliters'],
  ft: ['foot', 'feet'],
  yd: ['yard', 'yards'],
  mi: ['mile', 'miles'],
  mph: ['mile per hour', 'miles per hour'],
  'km/h': ['kilometer per hour', 'kilometers per hour'],
  'm/s': ['meter per second', 'meters per second'],
  '°': ['degree', 'degrees'],
  '°C': ['degree Celsius', 'degrees Celsius'],
  '℃': ['degree Celsius', 'degrees Celsius'],
  '°F': ['degree Fahrenheit', 'degrees Fahrenheit'],
  '℉': ['degree Fahrenheit', 'degrees Fahrenheit'],
  s: ['second', 'seconds'],
  ms: ['millisecond', 'milliseconds'],
  min: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  Hz: ['hertz', 'hertz'],
  MHz: ['megahertz', 'megahertz'],
  GHz: ['gigahertz', 'gigahertz'],
  KB: ['kilobyte', 'kilobytes'],
  kb: ['kilobyte', 'kilobytes'],
  MB: ['megabyte', 'megabytes'],
  GB: ['gigabyte', 'gigabytes'],
  TB: ['terabyte', 'terabytes'],
  Mbps: ['megabit per second', 'megabits per second'],
  kW: ['kilowatt', 'kilowatts'],
  MW: ['megawatt', 'megawatts'],
  mA: ['milliampere', 'milliamperes'],
  kcal: ['kilo calory', 'kilo calories'],
  Pa: ['pascal', 'pascals'],
  bar: ['bar', 'bars'],
  rpm: ['revolution per minute', 'revolutions per minute'],
  ha: ['hectare', 'hectares'],
  'm²': ['square meter', 'square meters'],
  m2: ['square meter', 'square meters'],
  'km²': ['square kilometer', 'square kilometers'],
  km2: ['square kilometer', 'square kilometers'],
  'm³': ['cubic meter', 'cubic meters'],
  m3: ['cubic meter', 'cubic meters'],
  cc: ['CC', 'CC'],
  x: ['times', 'times'],
  '%': ['percent', 'percent'],
}

/** Longest first, as an alternative of a pattern. */
export const UNIT_PATTERN: string = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .map((unit) => unit.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  .join('|')

/** What is said after a number; `one` where the number is exactly one. */
export function unitName(symbol: string, one: boolean): string {
  const [singular, plural] = UNITS[symbol]!
  return one ? singular : plural
}

/** Abbreviations that stand before a name or number, with their point. */
export const TITLES: Readonly<Record<string, string>> = {
  'Dr.': 'doctor',
  'Mr.': 'Mister',
  'Mrs.': 'Misses',
  'Ms.': 'Miss',
  'Gen.': 'general',
  'Capt.': 'captain',
  'Lt.': 'lieutenant',
  'Sgt.': 'sergeant',
  'Gov.': 'governor',
  'Rev.': 'Reverend',
  'Hon.': 'Honorable',
  'Jr.': 'junior',
  'Ltd.': 'limited',
  'Co.': 'company',
  'Vol.': 'Volume',
  'Ph.D.': 'PHD',
  'U.S.A.': 'USA',
  'U.S.': 'US',
}

export const TITLE_PATTERN: string = Object.keys(TITLES)
  .sort((a, b) => b.length - a.length)
  .map((title) => title.replaceAll('.', '\\.'))
  .join('|')

/** Sign → singular and plural of its currency. */
export const CURRENCIES: Readonly<Record<string, readonly [string, string]>> = {
  $: ['dollar', 'dollars'],
  '€': ['euro', 'euros'],
  '£': ['pound', 'pounds'],
  '¥': ['yen', 'yen'],
  '￥': ['yen', 'yen'],
}

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
)

/** `jan`, `Jan.`, `January`, `Sept` → january; undefined for anything else. */
export function monthName(text: string): string | undefined {
  const key = text.toLowerCase().replace('.', '')
  return MONTHS.find(
    (month) => month === key || (key.length >= 3 && key.length <= 4 && month.startsWith(key)),
  )
}

/** 1 → january. */
export function monthOf(number: number): string | undefined {
  return MONTHS[number - 1]
}

/** Names of months as dates have them. May is none: the reference takes it for a verb, and May 4th is said as written. */
export const MONTH_PATTERN =
  'January|February|March|April|June|July|August|September|October|November|December|' +
  'Jan\\.?|Feb\\.?|Mar\\.?|Apr\\.?|Jun\\.?|Jul\\.?|Aug\\.?|Sept?\\.?|Oct\\.?|Nov\\.?|Dec\\.?'
