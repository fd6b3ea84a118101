/**
 * What recipes and leaflets write short, as English rules: tins by their number, ovens, spoons, sizes of eggs.
 */
import { precedesThing } from './en-kinds.ts'
import { cardinal, fraction } from './en-numbers.ts'
import { NUMBER, sayNumber, unit } from './en-quantities.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

const SIZES: Readonly<Record<string, string>> = {
  lg: 'large',
  med: 'medium',
  sm: 'small',
  pkg: 'package',
  env: 'envelope',
  bn: 'bunch',
}
const SPANS: Readonly<Record<string, string>> = { m: 'minute', h: 'hour', s: 'second' }
const REACH = 48
const HEATED = /\b(?:fan|gas|oven|preheat(?:ed)?|bake|roast|grill|fry|heat|mark)\b/i

const FOOD =
  '(?:salt|sugar|soy|vanilla|oil|olive|butter|water|vinegar|pepper|cumin|baking|soda|flour|cinnamon|honey|milk|lemon|lime|paprika|garlic|ginger|mustard|cornstarch|cornflour|yeast|cocoa|brown|ground|chopped|minced|dried|fresh)'
/** Behind these so many times is meant. */
const FACTOR =
  '(?:[a-z]+(?:ly|er)|more|less|than|that|this|what|price|cost|original|normal|usual|sqrt|cosh|sinh|champions?|winners?|world|times|blank)'

const GROWING =
  '(?:(?:fast|slow|bett|cheap|larg|small|bigg|long|short|strong|weak|high|low|quick|hard|heavi|light|old|young|few|great|wid|thick|thinn|smart|saf|clean|bright|dens|easi|rich|deep|near|clos)er|[a-z]+ly|more|less|than|the|that|this|what|as|an?|in|on|by|to|of|for|from|or|with|at|if|per|each|every|week|your|our|my|his|her|its|their|price|cost|original|normal|usual|zoom|growth|speeds?|returns?|gains?|profits?|points|bonus|damage|rewards|miles|leverage|revenue|sales|earnings|magnification|optical|digital|winners?|champions?|world)'

export const KITCHEN_RULES: readonly Rule[] = [
  // Several of a size: 2 x 400g tins.
  rule(
    `(\\d{1,2}) ?[x×] ?(${NUMBER})\\s?-?(mg|mcg|g|kg|ml|mL|cl|L|l|oz|Ah|mAh|W|V|GB|TB)\\.?(?= [a-z]{3})`,
    apart((match, text) => {
      const [whole, count, size, symbol] = match
      return precedesThing(text, match.index + whole.length)
        ? `${cardinal(count!)}, ${sayNumber(size!)} ${unit(symbol!, true)}`
        : undefined
    }),
  ),
  // So many of a thing, of a weight, of a coin: 3 x HDMI, 1 x 23kg, 4 x 25¢.
  rule(
    `(\\d{1,2}) ?[x×] ?(${NUMBER})\\s?(mg|mcg|g|kg|lbs?|ml|mL|cl|L|l|oz)(?![\\w./]|\\s?[=x×])`,
    apart(
      ([, count, size, symbol]) => `${cardinal(count!)}, ${sayNumber(size!)} ${unit(symbol!, size === '1')}`,
    ),
  ),
  rule(
    String.raw`(\d{1,2}) ?[x×] ?(?=\d{1,3}¢)`,
    apart(([, count]) => `${cardinal(count!)} times `),
  ),
  rule(
    `(\\d{1,2}) [x×] (?=[A-Z][A-Za-z]|(?!${FACTOR}\\b)[a-z]{4})`,
    apart(([, count]) => `${cardinal(count!)} `),
  ),
  // Items of a list, one of which more or less could not follow.
  rule(
    `(\\d{1,2})[x×] (?=(?:[A-Z][A-Za-z]|(?!${GROWING}\\b)[a-z]{3,})[A-Za-z-]{0,20}(?: [A-Za-z-]{2,20}){0,2}(?:[,;.+&)]|$| and \\d))`,
    apart((match, text) => {
      const listed = /\b\d{1,2}[x×] [^.!?]{2,40}, (?:and )?$/.test(ahead(match, text, REACH))
      const first = /(?:^|[:(] )$/.test(ahead(match, text, 2))
      return listed || first ? `${cardinal(match[1]!)} ` : undefined
    }),
  ),
  rule(
    String.raw`(?=x)(?<=\(|\b(?:[Cc]horus|CHORUS|[Rr]epeat|[Vv]erse|[Bb]ridge|[Hh]ook|[Rr]efrain),? )[x×] ?(\d{1,2})(?=[).,;]|\s*$)`,
    ([, count]) => `times ${cardinal(count!)}`,
  ),
  rule(
    `(\\d{1,2}|\\d\\/\\d)([Tt])(?= ${FOOD}\\b)`,
    apart(([, count, spoon]) => {
      const one = /^1$|\//.test(count!)
      const [above, below] = count!.split('/')
      const many = below === undefined ? cardinal(above!) : fraction(above!, below)
      return many === undefined
        ? undefined
        : `${many} ${spoon === 'T' ? 'table' : 'tea'}spoon${one ? '' : 's'}`
    }),
  ),
  // A pan of so many by so many: 9x13-in.
  rule(
    String.raw`(\d{1,2})\s?[x×]\s?(\d{1,2})(?:\s?[x×]\s?(\d{1,2}))?(?:-in(?:\.(?=[ ,])|(?= [a-z]))|"(?= [a-z]{3}))`,
    apart((match, text) => {
      const [whole, ...sides] = match
      return whole.endsWith('"') && /(?:^|[\s(])"[^"]*$/.test(ahead(match, text, REACH))
        ? undefined
        : `${sides
            .slice(0, 3)
            .flatMap((side) => (side === undefined ? [] : [cardinal(side)]))
            .join(' by ')} inch`
    }),
  ),
  // Ovens: 200C/180C fan/gas 6.
  rule(
    String.raw`(\d{3})\s?([CF])(?![\w'-])(\s?\/\s?(?=\d|[Gg]as|[Ff]an))?`,
    apart((match, text) => {
      const [, degrees, scale, more] = match
      return HEATED.test(ahead(match, text, REACH)) || HEATED.test(behind(match, text, REACH))
        ? `${cardinal(degrees!)} degrees ${scale === 'C' ? 'Celsius' : 'Fahrenheit'}${more === undefined ? '' : ', '}`
        : undefined
    }),
  ),
  rule(
    String.raw`(?=\d)(?<=\b[Gg]as (?:[Mm]ark )?)([1-9])\s?\/\s?(?=\d{2,3}\s?°?[CF])`,
    ([, mark]) => `${cardinal(mark!)}, `,
  ),
  rule(String.raw`(?=[FC])(?<=\d degrees? )([FC])(?![\w'-])`, ([, scale]) =>
    scale === 'C' ? 'Celsius' : 'Fahrenheit',
  ),
  rule(String.raw`(?=[lmspeb])(?<=\d )(lg|med|sm|pkg|env)\.?(?= [a-z]{3})`, ([, size]) => SIZES[size!]),
  rule('(?=T)(?<=\\d )T(?= (?!cells?\\b|shirts?\\b|bones?\\b|rex\\b|of\\b)[a-z]{3})', (match, text) =>
    /(?:^|[^\d.])(?:1|\d\/\d{1,2}) $/.test(ahead(match, text, 6)) ? 'tablespoon' : 'tablespoons',
  ),
  rule('(?=[Tt]bs)(?<=\\d )[Tt]bs\\.?(?= [a-z]{3})', () => 'tablespoons'),
  rule(
    '(?=c)(?<=\\d )c(?= (?:milk|flour|sugar|water|butter|rice|oats|oil|cream|broth|stock|cheese|brown|white|whole|chopped|diced|sliced|shredded|grated|warm|cold|heavy|sour|packed|frozen|fresh|cooked)\\b)',
    (match, text) => (/(?:^|[^\d.])(?:1|\d\/\d{1,2}) $/.test(ahead(match, text, 6)) ? 'cup' : 'cups'),
  ),
  // From one and a half to two.
  rule(
    String.raw`(?=\s?-)(?<=\d(?:[½¼¾⅓⅔]|\/\d))\s?-\s?(?=\d{1,2} ?(?:hrs?|hours?|mins?|minutes|cups?|tsp|tbsp|lbs?|oz|inch|in|miles?|days?|weeks?|years?)\b)`,
    () => ' to ',
  ),
  // How long it takes.
  rule(
    String.raw`(?=\d)(?<=\b(?:[Tt]ime|[Dd]uration|[Pp]rep|[Cc]ook(?:ing)?|[Rr]est|[Cc]hill|[Rr]untime|ETA|[Ww]ait):? )(\d{1,3})([mh])(?![\w'-]|\s?\d)`,
    ([, count, span]) => `${cardinal(count!)} ${SPANS[span!]}${count === '1' ? '' : 's'}`,
  ),
]
