/**
 * Marks that CosyVoice3 adds to its tokenizer: sounds of English (ARPAbet, with and without stress) and of Mandarin
 * (pinyin initials, and finals with their tone).
 *
 * Their order gives their ids. Case matters: `[S]` is a sound of English, `[s]` one of Mandarin. Accents are composed.
 */
import { REFERENCE_SPECIALS } from '../../convert/checkpoint/tokenizer-files.ts'

const ARPABET =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'
const VOWELS = new Set('AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW'.split(' '))
const STRESSES = ['', '0', '1', '2']

const PINYIN = `
a ai an ang ao b c ch d e ei en eng f g h i ian in ing iu ià iàn iàng iào iá ián iáng iáo iè ié
iòng ióng iù iú iā iān iāng iāo iē iě iōng iū iǎ iǎn iǎng iǎo iǒng iǔ j k l m n o ong ou p q r
s sh t u uang ue un uo uà uài uàn uàng uá uái uán uáng uè ué uì uí uò uó uā uāi uān uāng uē uě
uī uō uǎ uǎi uǎn uǎng uǐ uǒ vè w x y z zh à ài àn àng ào á ái án áng áo è èi èn èng èr é éi én
éng ér ì ìn ìng í ín íng ò òng òu ó óng óu ù ùn ú ún ā āi ān āng āo ē ēi ēn ēng ě ěi ěn ěng ěr
ī īn īng ō ōng ōu ū ūn ǎ ǎi ǎn ǎng ǎo ǐ ǐn ǐng ǒ ǒng ǒu ǔ ǔn ǘ ǚ ǜ
`

const arpabet = ARPABET.split(' ').flatMap((phone) =>
  VOWELS.has(phone) ? STRESSES.map((stress) => phone + stress) : [phone],
)
const pinyin = PINYIN.trim().split(/\s+/u)

/** Special tokens in the order in which those that a checkpoint's files lack get the next free ids. */
export const SPECIALS: readonly string[] = [
  ...REFERENCE_SPECIALS,
  '<|endofsystem|>',
  ...[...arpabet, ...pinyin].map((mark) => `[${mark}]`),
]
