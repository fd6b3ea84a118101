/**
 * Amounts that tell a kind of thing in English, and so stand in the singular: a five kilogram bag, a two million dollar house.
 */

/** Things that are told apart by how long, heavy, strong or dear they are. */
const THINGS =
  'bulb|lamp|light|battery|charger|adapter|motor|engine|heater|amplifier|speaker|resistor|capacitor|cable|wire|fuse|outlet|socket|supply|panel|turbine|generator|laser|transformer|' +
  'drive|disk|SSD|HDD|charging|card|stick|file|image|video|clip|connection|line|link|plan|laptop|phone|tablet|monitor|screen|display|panel|camera|lens|processor|chip|' +
  'run|race|walk|hike|ride|swim|dash|sprint|marathon|relay|jog|drive|flight|trip|journey|route|course|track|lap|jump|climb|drop|dive|fall|loop|trek|commute|freestyle|hurdles|' +
  'bag|bottle|can|jar|box|pack|packet|sack|carton|jug|glass|cup|mug|bucket|barrel|container|tank|tub|tin|tube|keg|cylinder|bowl|parcel|package|' +
  'steak|burger|fillet|turkey|cake|loaf|pizza|drink|coffee|serving|portion|dose|pill|capsule|injection|syringe|' +
  'pole|pipe|rope|ladder|board|plank|wall|fence|tower|pool|tree|bridge|ruler|nail|screw|bolt|drill|hose|tile|ring|rod|beam|tunnel|wave|hole|trench|boat|yacht|ship|snake|shark|fish|statue|' +
  'man|woman|boy|girl|baby|dog|cat|weight|plate|dumbbell|kettlebell|barbell|ball|truck|trailer|crane|vehicle|bomb|' +
  'tire|tyre|wheel|rim|lift|tab|cap|break|nap|rest|delay|wait|meeting|call|video|clip|speech|lecture|lesson|session|shift|day|week|film|movie|show|song|episode|interview|timer|window|limit|service|gap|pause|warm-?up|workout|' +
  'zone|radius|range|distance|stretch|section|gun|round|shell|font|margin|image|thumbnail|' +
  'sachet|dish|spoon|pot|pan|saucepan|casserole|ramekin|block|bunch|pouch|punnet|load|rug|mat|carpet|curtain|Class|QLED|OLED|TV|FHD|UHD|IPS|LCD|LED|equiv|equivalent|jack|' +
  'house|home|car|bill|note|coin|ticket|stamp|loan|fine|fee|deal|gift|budget|discount|prize|question|mortgage|contract|investment|donation|grant|deposit|bonus|salary|reward|project|fund|bet|tip|meal|mansion|apartment|property|lawsuit|settlement|voucher|coupon|mistake'
const BETWEEN_THEM =
  '(?:(?:LED|USB|SSD|HDD|DC|AC|TV|PC|[a-z]{2,12}-[a-z]{2,12}|new|old|small|big|large|full|baking|round|square|springform|[a-z]{3,10}ing|roasting|frying|cake|loaf|pie|hard|flash|memory|lithium|steel|glass|plastic|paper|metal|copper|wooden|water|gas|fuel|power|speed|time|round|free|running|dog|test) )?'
const THING = new RegExp(
  `^ ${BETWEEN_THEM}(?:${THINGS})(?:s|es)?\\b(?! (?:the|his|her|my|your|our|their|it|them)\\b)`,
)
/** No thing follows: the amount stands for itself. */
const NO_THING =
  /^ (?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November|December|and|or|per|the|for|was|were|are|is|has|had|have|from|away|ago|long|wide|tall|high|deep|thick|of|in|into|to|at|than|by|each|more|less|you|he|she|they|we|it|that|which|who|would|will|can|could|should|may|must|on|off|with|without|as|if|when|while|but|not|so|left|back|out|up|down|over|under|above|below|before|after|until|till|since|now|then|there|here|later|earlier|early|late|apart|around|about|across|along|through|north|south|east|west|every|contains|weighs|costs|makes|serves|holds|equals|gives|means|uses|needs|covers|lasts|goes|went|took|take|takes|came|made|\w{2,12}ed|\w{2,12}ly)\b/
const ONE_OF = /\b(?:an?|this|that|every|each|another|one|the|my|your|his|her|its|our|their|[a-z]{2,20}'s) $/i
const SEVERAL =
  /\b(?:these|those|two|three|four|five|six|seven|eight|nine|ten|twelve|several|many|few|some|both) $/i
const REACH = 40

/** Whether a thing follows whose size an amount with a mark of inches tells: a word that is no joint. */
export function precedesThing(text: string, to: number): boolean {
  const rest = text.slice(to, to + REACH)
  return /^ [a-z]{3}/.test(rest) && !NO_THING.test(rest)
}

/** Whether the amount from `from` to `to` tells what kind of thing the word behind it is. */
export function tellsKind(text: string, from: number, to: number): boolean {
  const rest = text.slice(to, to + REACH)
  if (THING.test(rest)) return true
  if (!/^ (?:[a-z]{3}|[A-Za-z]?[A-Z][A-Za-z])/.test(rest) || NO_THING.test(rest)) return false
  const before = text.slice(Math.max(0, from - 24), from)
  return ONE_OF.test(before) || (SEVERAL.test(before) && /^ [a-z]{2,20}s\b/.test(rest))
}
