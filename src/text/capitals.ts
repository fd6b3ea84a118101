/**
 * Words in capitals → small letters, or letters one by one where the word is an abbreviation.
 */
import { apart, type Rule, rule } from './rules.ts'

/** Said as words, although written in capitals. */
const WORDS = new Set(
  'NASA NATO UNESCO UNICEF OPEC ASCII LASER RADAR COVID AIDS JPEG GIF RAM ROM LAN WAN SIM PIN ZIP PDF SQL'
    .split(' ')
    .filter((word) => !['PDF', 'SQL'].includes(word)),
)
/** Spelled, although they could be said. */
const SPELLED = new Set(
  (
    'USA USB UAE USAF UFO ATM API IBM AI UI UX ID IT IQ EQ OS IP EU UN UK US UV AC AM PM CIA CEO CFO CTO COO ICU ISO IOS ISP IEEE IETF FAQ ' +
    'FIFA-NO OECD ETA IPO IRS IRA IVF IMF IOT EDM EPA ECG EEG EMI EOF ESP ETF EV EIN ASAP-NO ABC AAA ACL ADHD AOL APR ASL ATV AWS URL URI VIP ' +
    'OK TV PC DVD CD DJ MC MD ER ADD-NO EMT RIP-NO SUV UPS USD EUR CAD AUD QA HR PR VR AR ML GPU CPU LED LCD ETC-NO RSVP DIY'
  ).split(' '),
)
/** Short words that a shout or a sign is made of; other words of up to three letters are abbreviations. */
const SHORT = new Set(
  (
    'A I AM AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF ON OR SO TO UP US WE OH ALL AND ANY ARE ASK BAD BIG BUT BUY CAN CAR CAT CUT DAY ' +
    'DID DOG EAT END EYE FAR FEW FOR GET GOT HAD HAS HER HEY HIM HIS HOT HOW ITS JOB LET LOT LOW MAN MAY MEN NEW NOT NOW OFF OLD ONE OUR ' +
    'OUT OWN PAY PUT RED RUN SAD SAW SAY SEE SET SHE SIT SIX SON SUN TAX TEA TEN THE TOO TOP TRY TWO USE WAR WAS WAY WHO WHY WIN WON YES ' +
    'YET YOU AGO AIR ART BAG BAR BED BIT BOX BOY BUS CUP DAD DIE DRY EGG FAN FIT FIX FLY FUN GAS GUN GUY HAT HIT ICE ILL INK KEY KID LAW ' +
    'LAY LEG LIE MAP MIX MOM NET NOR OIL PEN PET PIE RAN RAW ROW SEA SKY TIE TIP TOY VAN WET ZOO ASAP ADD STOP WAIT OPEN'
  ).split(' '),
)
/** In a shout these are words; between small letters `US` and `IT` are names. */
const CAPITAL_WORD = "[A-Z](?:[A-Z]|'(?=[A-Z])){1,40}"

/** Letters that follow one another in words: at least one vowel, and no cluster that cannot be said. */
function pronounceable(word: string): boolean {
  if (word.length < 4) return false
  const lower = word.toLowerCase().replaceAll("'", '')
  if (!/[aeiouy]/.test(lower)) return false
  if (
    /[^aeiouy]{5}|[aeiou]{4}|[jqvxz][bcdfghjklmnpqrstvwxz]|q(?!u)|^[^aeiouy]{4}|(?:[bcdfgkpt])[jqvx]|hh|jj|ww|xx|yy/.test(
      lower,
    )
  )
    return false
  const onset = /^[^aeiouy]*/.exec(lower)![0]
  const coda = /[^aeiouy]*$/.exec(lower)![0]
  return ONSET.test(onset) && CODA.test(coda)
}

const ONSET =
  /^(?:[bcdfghjklmnpqrstvwxz]?|[bcfgp][lr]|[dt]r|s[chklmnpqtw]|s(?:cr|ch|hr|pl|pr|tr|qu)|[ct]h|ch[lr]|gh|kn|kr|ph[lr]?|rh|t[hw]|thr|wh|wr|sl|dw|gn|ps)$/
const CODA =
  /^(?:[bcdfghklmnprstvwxz]?|bb|dd|ff|gg|ll|mm|nn|pp|rr|ss|tt|zz|ch|ck|ct|ft|gh|ght|ghts|gs|ks|ld|lds|lf|lk|lks|lls|lm|lp|lps|lt|lts|lth|lves|mb|mbs|mp|mps|ms|nce|nch|nct|nd|nds|ng|ngs|ngth|nk|nks|ns|nt|nts|nth|ph|pt|pts|ps|rd|rds|rk|rks|rl|rls|rm|rms|rn|rns|rp|rs|rst|rt|rts|rth|rch|rsh|sh|sk|sks|sm|sms|sp|ss|st|sts|th|ths|tch|ts|wn|wns|wd|wl|wls|ds|bs|fs|ls|cks|cts|fts|xt|xts|tz|ntly|rldl?|rld|rlds|mn|gn|gns|lks|nths|x)$/

/** How a word in capitals is said. `shout`: its sentence has no small letters, so capitals mean nothing. */
export function sayCapitals(word: string, shout: boolean): string {
  if (WORDS.has(word)) return word
  if (SHORT.has(word) && (shout || !SPELLED.has(word))) return word.toLowerCase()
  if (!SPELLED.has(word) && (pronounceable(word) || (shout && word.length > 4 && /[AEIOUY]/.test(word))))
    return word.toLowerCase()
  if (word.includes("'")) return word.toLowerCase()
  return word
}

/** Several words and none with small letters: shouted, or filled into a form. */
export function isShout(text: string): boolean {
  return !/\p{Ll}/u.test(text) && (text.match(/[A-Z]{2,}/g)?.length ?? 0) >= 2
}

export const SHOUT_RULES: readonly Rule[] = [rule(CAPITAL_WORD, apart(capital(true)))]
export const CAPITAL_RULES: readonly Rule[] = [rule(`${CAPITAL_WORD}(?![a-z])`, apart(capital(false)))]

function capital(shout: boolean) {
  return (match: RegExpExecArray, text: string): string => {
    const [word] = match
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
