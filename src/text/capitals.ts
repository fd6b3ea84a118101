/**
 * Words in capitals → small letters, or letters one by one where the word is an abbreviation.
 */
import { apart, type Rule, rule } from './rules.ts'

const list = (words: string) => new Set(words.split(' '))

/** Said as words, and written in capitals all the same. */
export const SAID_AS_WORDS = list(
  'NASA NATO UNESCO UNICEF OPEC ASCII LASER RADAR COVID AIDS JPEG GIF RAM ROM LAN WAN SIM PIN ZIP SARS SWAT NAFTA OSHA FEMA MERS IKEA LEGO NASDAQ FIFA UEFA ASEAN JSON YAML CRUD BIOS CAPTCHA SCUBA',
)
/** Spelled, although letters follow one another in them as in a word. */
const SPELLED = list(
  'USA USB UAE USAF UFO ATM API IBM AI UI UX ID IT IQ EQ OS IP EU UN UK US UV AC AM PM CIA CEO CFO CTO COO ICU ISO IOS ISP IEEE IETF FAQ ' +
    'UUID EST CEST BST AEST OECD ETA IPO IRS IRA IVF IMF IOT EDM EPA ECG EEG EMI EOF ESP ETF EV EIN ABC AAA ACL ADHD AOL APR ASL ATV AWS URL URI VIP ' +
    'OK TV PC DVD CD DJ MC MD ER EMT SUV UPS USD EUR CAD AUD QA HR PR VR AR ML GPU CPU LED LCD RSVP DIY YMCA YWCA UCLA MIT NYU BBC CNN ' +
    'ASAP ACLU AARP IOC NBA NFL NHL MLB UFC WWE MRI DNA RNA HIV ATP GDP CPI VAT IOU LOL OMG FYI BTW TBA TBD AKA DOA SOS UPC ICBM NYC NYPD LAPD ETC ASMR ' +
    'AM FM XL ISSN EAN NYSE IMHO OTOH TSA DEA ATF NSA SEC FDA CDC NIH USPS USDA EIA IDE SDK GUI CLI ORM MVP EOD ETD ROI KPI SEO IMO IIRC AFAIK ADSL UEFI ICE WHO ASIN ICYMI BYOB ESPN ERA RIP GED OTC',
)
/** Words of up to three letters that signs and shouts are made of; others so short are abbreviations between small letters. */
const SHORT = list(
  'A I AM AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF ON OR SO TO UP US WE OH ALL AND ANY ARE ASK BAD BIG BUT BUY CAN CAR CAT CUT DAY ' +
    'DID DOG EAT END EYE FAR FEW FOR GET GOT HAD HAS HER HEY HIM HIS HOT HOW ITS JOB LET LOT LOW MAN MAY MEN NEW NOT NOW OFF OLD ONE OUR ' +
    'OUT OWN PAY PUT RED RUN SAD SAW SAY SEE SET SHE SIT SIX SON SUN TAX TEA TEN THE TOO TOP TRY TWO USE WAR WAS WAY WHO WHY WIN WON YES ' +
    'YET YOU AGO AIR ART BAG BAR BED BIT BOX BOY BUS CUP DAD DIE DRY EGG FAN FIT FIX FLY FUN GAS GUN GUY HAT HIT ICE ILL INK KEY KID LAW ' +
    'LAY LEG LIE MAP MIX MOM NET NOR OIL PEN PET PIE RAN RAW ROW SEA SKY TIE TIP TOY VAN WET ZOO ADD AGE ANT ARM BEE BET BUG COW CRY EAR ' +
    'ERA FAT FOG FOX HEN HUG JAM JAR JET JOY LAB LAP LID LIP LOG MAD MUD NUT OAK ODD OWE OWL PAN PAT PIG PIN POT RAT RIB RID ROB ROD RUB ' +
    'RUG SHY SIP SKI SPY TAP TAR TON TUB VET VOW WAX WEB WIG YEP NOPE HAM HOP HOB PAL PUB PUP SIN SOB SUM TAG TAN TOE TUG VIA WIT BAY BIN BID GYM',
)
/** Parts of words with a hyphen, in what is shouted. */
const PREFIXES = list('RE NON PRE SUB MID SELF MULTI SEMI ANTI')
const JOINED = list('WI FI HI')
/** Two letters and more. */
const CAPITAL_WORD = "[A-ZÀ-ÖØ-Þ](?:[A-ZÀ-ÖØ-Þ]|'(?=[A-Z])){1,40}"

/** Letters that follow one another in words: at least one vowel, and no cluster that cannot be said. */
function pronounceable(word: string, least: number): boolean {
  if (word.length < least) return false
  const lower = word.toLowerCase().replaceAll("'", '')
  if (!/[aeiouy]/.test(lower)) return false
  if (
    /[^aeiouy]{6}|(?<!q)[aeiou]{4}|[jq][bcdfghjklmnpqrstvwxz]|v[bcdfghjklmnpqrstwxz]|z[bcdfghjkmnpqrstvwx]|x[bdgjkmnrsvwxz]|q(?!u)|^[^aeiouy]{4}|[fgkpt][jqvx]|c[jvx]|cq(?!u)|[bd](?:q(?!u)|x)|jj|ww|xx|yy/.test(
      lower,
    )
  )
    return false
  const onset = /^[^aeiouy]*/.exec(lower)![0]
  const coda = /[^aeiouy]*$/.exec(lower)![0]
  return ONSET.test(onset) && CODA.test(coda)
}

const ONSET =
  /^(?:[bcdfghjklmnpqrstvwxz]?|[bcfgp][lr]|[dt]r|s[chklmnpqtw]|s(?:cr|ch|hr|ph|pl|pr|tr|qu)|sch[lmnrw]|pn|mn|kh|ll|ts|cz|[ct]h|ch[lr]|gh|kn|kr|ph[lr]?|rh|t[hw]|thr|wh|wr|sl|dw|gn|ps)$/
const CODA =
  /^(?:[bcdfghklmnprstvwxz]?|bb|dd|ff|gg|ll|mm|nn|pp|rr|ss|tt|zz|ch|ck|ct|ft|gh|ght|ghts|gs|ks|ld|lds|lf|lk|lks|lls|lm|lp|lps|lt|lts|lth|lves|mb|mbs|mp|mps|ms|nce|nch|nct|nd|nds|ng|ngs|ngth|nk|nks|ns|nt|nts|nth|ph|pt|pts|ps|rd|rds|rk|rks|rl|rls|rm|rms|rn|rns|rp|rs|rst|rt|rts|rth|rch|rsh|sh|sk|sks|sm|sms|sp|ss|st|sts|th|ths|tch|ts|wn|wns|wd|wl|wls|ds|bs|fs|ls|cks|cts|fts|xt|xts|tz|ntly|rldl?|rld|rlds|mpt|mpts|dth|dths|fth|fths|pth|pths|xth|ngths|rb|rbs|lb|lbs|bt|bts|phs|thm|thms|ggs|rtz|nx|wth|lch|lsh|ncts|ngst|lfth|rms|lms|rsts|sps|tts|cs|sc|scs|ffs|rc|rcs|lc|lcs|ncs|rf|rfs|lf|lfs|wk|wks|mns|dds|gst|rg|rgs|ghs|ghth|ghths|rths|xths|mph|mphs|rmth|rnt|wt|wts|nst|dst|lst|rps|wds|chs|rchs|rpt|rpts|nns|rrs|bbs|ltz|cht|chts|nc|ln|mn|gn|gns|hn|hns|lks|nths|ws|wns|ys|lds|rves|rls|rfs|x)$/

/** How a word in capitals is said. `shout`: its sentence has no small letters, so capitals mean nothing. */
export function sayCapitals(word: string, shout: boolean): string {
  if (SAID_AS_WORDS.has(word) || word === 'I') return word
  if (word.includes("'")) return word.toLowerCase()
  if (SHORT.has(word) && (shout || !SPELLED.has(word))) return word.toLowerCase()
  if (SPELLED.has(word)) return word
  if (shout && (PREFIXES.has(word) || JOINED.has(word))) return word.toLowerCase()
  // A shout is made of words: only what has no vowel, or cannot be one, stays.
  const like = shout
    ? /[AEIOUY]/.test(word) && (word.length > 3 || (/[AEIOU]/.test(word) && pronounceable(word, 3)))
    : pronounceable(word, 4)
  return like ? word.toLowerCase() : word
}

/** Several words and none with small letters: shouted, or filled into a form. */
export function isShout(text: string): boolean {
  return !/\p{Ll}/u.test(text) && (text.match(/[A-Z]{2,}/g)?.length ?? 0) >= 2
}

/** MacDONALD and O'BRIEN keep two capitals. */
const CLAN = rule(
  "(Mc|Mac|O'|D')([A-Z])([A-Z]{2,20}(?:'S)?)(?![A-Za-z])",
  apart(([, clan, first, rest]) => clan! + first! + rest!.toLowerCase()),
)

export const SHOUT_RULES: readonly Rule[] = [
  CLAN,
  rule(CAPITAL_WORD, joined(capital(true))),
  rule('A(?= [A-Za-z])', apart(capital(true))),
]
export const CAPITAL_RULES: readonly Rule[] = [
  CLAN,
  rule(`${CAPITAL_WORD}(?![A-Za-z])`, joined(capital(false))),
]

/** An underscore in front joins words of programs, each of which is one. */
function joined(say: (match: RegExpExecArray, text: string) => string) {
  return (match: RegExpExecArray, text: string): string | undefined =>
    /[A-Za-z]/.test(text[match.index - 1] ?? ' ') ? undefined : say(match, text)
}

function capital(shout: boolean) {
  return (match: RegExpExecArray, text: string): string => {
    const [word] = match
    // The organisation, not the question.
    if (
      word === 'WHO' &&
      !shout &&
      !/\b(?:the|by|from|at|with|of) $/i.test(text.slice(Math.max(0, match.index - 5), match.index))
    )
      return 'who'
    const said = sayCapitals(word, shout)
    return /[A-Z]/.test(said)
      ? said
      : startsSentence(text, match.index)
        ? said[0]!.toUpperCase() + said.slice(1)
        : said
  }
}

/** Whether nothing but blanks and opening marks stands between a place and the end of the sentence before it. */
function startsSentence(text: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && /[\s"'(“]/.test(text[before]!)) before--
  return before < 0 || /[.!?:。！？]/.test(text[before]!)
}
