/**
 * Months, days of the week and words before a year as people shorten them with a point.
 */

/** Where no day follows; with one they are a date. */
export const MONTHS: Readonly<Record<string, string>> = {
  'Jan.': 'January',
  'Feb.': 'February',
  'Mar.': 'March',
  'Apr.': 'April',
  'Aug.': 'August',
  'Sept.': 'September',
  'Oct.': 'October',
  'Nov.': 'November',
  'Dec.': 'December',
}
export const DAYS: Readonly<Record<string, string>> = {
  'Mon.': 'Monday',
  'Tue.': 'Tuesday',
  'Tues.': 'Tuesday',
  'Wed.': 'Wednesday',
  'Thu.': 'Thursday',
  'Thur.': 'Thursday',
  'Thurs.': 'Thursday',
  'Fri.': 'Friday',
  'Sat.': 'Saturday',
  'Sun.': 'Sunday',
}
/** Before a year. */
export const YEARED: Readonly<Record<string, string>> = {
  'c.': 'about',
  'b.': 'born',
  'd.': 'died',
  'r.': 'reigned',
  'fl.': 'flourished',
}
