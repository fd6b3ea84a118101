/**
 * Short forms in what is written in capitals alone, as they stand elsewhere: 5TH AVE, FEB. 12, MON-FRI, OPEN 24 HRS.
 */
import { isShout } from './capitals.ts'

const WEEKDAY = 'MON|TUES?|WED|THU(?:RS?)?|FRI|SAT|SUN'
const STREETS: Readonly<Record<string, string>> = {
  AVE: 'Avenue',
  BLVD: 'Boulevard',
  HWY: 'Highway',
  PKWY: 'Parkway',
  ST: 'Street',
  RD: 'Road',
  DR: 'Drive',
  LN: 'Lane',
}
const titled = (word: string) => word[0]! + word.slice(1).toLowerCase()

/** The same text, whose short forms have the letters that rules know; text with small letters stays. */
export function calmed(text: string): string {
  if (!isShout(text)) return text
  return text
    .replace(/(?<=\d)(?:ST|ND|RD|TH)(?![A-Za-z])/g, (suffix) => suffix.toLowerCase())
    .replace(
      new RegExp(
        `(?<![A-Z'])(?:${WEEKDAY})(?=\\.?(?:\\s?[-–/&,:]|\\s\\d|\\s?$)|\\.)(?![A-Z'])|(?<=(?:${WEEKDAY})\\.?\\s?[-–/&]\\s?)(?:${WEEKDAY})(?![A-Z'])`,
        'g',
      ),
      titled,
    )
    .replace(/(?<![A-Z'])(?:JAN|FEB|MAR|APR|JUN|JUL|AUG|SEPT?|OCT|NOV|DEC)(?=\.? \d)/g, titled)
    .replace(/(?<=\d ?)(?:HRS?|MINS?|SECS?|YRS?|LBS?|OZ|FT|MPH|KM|KG)(?![A-Z])/g, (unit) =>
      unit.toLowerCase(),
    )
    .replace(
      /(?<=[A-Z\d](?:st|nd|rd|th)? )(?:AVE|BLVD|HWY|PKWY)(?![A-Z])|(?<=\d(?:st|nd|rd|th) |\d (?![AP]M )[A-Z]{2,15} )(?:ST|RD|DR|LN)(?![A-Z'])/g,
      (kind) => STREETS[kind]!,
    )
    .replace(
      /(?<![A-Z'])ST\.?(?= (?:[A-Z]+'S|MARY|JOHN|PAUL|PETER|LOUIS|GEORGE|PATRICK|JAMES|ANDREW|NICHOLAS)(?![A-Z]))/g,
      'Saint',
    )
    .replace(
      /(?<=\d ?(?:hrs?|mins?|secs?|yrs?|lbs?|oz|ft))\.(?= (?:OF|FROM|AND|OR|TO|IN|AT|ON|LONG|WIDE|HIGH|BEFORE|AFTER)\b)/g,
      '',
    )
    .replace(
      /(?<![A-Z'])(?:FLIGHT|GATE|ROOM|SUITE|BUS|TRAIN|EXIT|ROUTE|HIGHWAY|UNIT|SEAT)(?= [A-Z]{0,3} ?\d)/g,
      titled,
    )
    .replace(/(?<![A-Z'])PL[SZ](?![A-Z])/g, 'PLEASE')
    .replace(/(?<![A-Z'])(?:MR|MRS|MS|DR|PROF|DEPT|VS|APPROX)(?=\. )/g, (word) =>
      /^(?:VS|APPROX)$/.test(word) ? word.toLowerCase() : titled(word),
    )
}
