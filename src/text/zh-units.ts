/**
 * Units and classifiers that follow a number in Chinese text.
 *
 * The tables say what the reference's grammar knows (measured on it, see docs/text.md); what is not here is left as it
 * is written.
 */

/** Symbols, longest first where one begins another, and what is said after the number. */
const SYMBOLS: Readonly<Record<string, string>> = {
  'km²': '平方千米',
  km2: '平方千米',
  'm²': '平方米',
  m2: '平方米',
  'cm²': '平方厘米',
  cm2: '平方厘米',
  'mm²': '平方毫米',
  mm2: '平方毫米',
  'm³': '立方米',
  m3: '立方米',
  'cm³': '立方厘米',
  cm3: '立方厘米',
  km: '公里',
  m: '米',
  dm: '分米',
  cm: '厘米',
  mm: '毫米',
  mmHg: '毫米汞柱',
  nm: '纳米',
  kg: '千克',
  mg: '毫克',
  lb: '磅',
  oz: '盎司',
  ml: '毫升',
  L: '升',
  s: '秒',
  ms: '毫秒',
  min: '分钟',
  h: '小时',
  kw: '千瓦',
  kW: '千瓦',
  kcal: '千卡',
  ha: '公顷',
  mph: '英里每小时',
  ft: '英尺',
  yd: '码',
  rpm: '转每分',
  '℃': '摄氏度',
  '°C': '摄氏度',
  '℉': '华氏度',
  '°F': '华氏度',
  '°': '度',
}

/** Said before the number: 60km/h → 每小时六十公里. */
const RATES: Readonly<Record<string, readonly [string, string]>> = {
  'km/h': ['每小时', '公里'],
  'm/s': ['每秒', '米'],
}

const CLASSIFIERS =
  '平方米 立方米 平方千米 平方公里 日元 人民币 世纪 季度 小时 分钟 公里 千米 千克 毫升 厘米 毫米 分米 纳米 块钱 ' +
  '个 只 杯 片 名 位 本 件 天 日 号 周 秒 米 斤 吨 元 块 分 岁 层 度 条 张 辆 人 页 套 双 对 队 家 户 座 棵 头 匹 瓶 碗 盘 袋 盒 箱 ' +
  '升 克 里 寸 场 回 口 段 首 支 枝 根 颗 粒 线 手 时 月 刻 趟 篇 ' +
  '個 週 歲 層 條 張 輛 頁 雙 對 隊 戶 噸 塊 盤 場 顆 線 時 種 間 萬 億'

/** After these a bare 2 is 二 although they stand in the list that ranges look at. */
const PLAIN_TWO = new Set(['月', '号'])

const alternatives = (words: readonly string[]) =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('|')

export const SYMBOL_PATTERN: string = alternatives(Object.keys(SYMBOLS))
export const RATE_PATTERN: string = alternatives(Object.keys(RATES))
export const CLASSIFIER_PATTERN: string = alternatives(CLASSIFIERS.split(' '))

export function sayUnit(symbol: string): string {
  return SYMBOLS[symbol] ?? symbol
}

export function sayRate(symbol: string, number: string): string {
  const [before, after] = RATES[symbol]!
  return before + number + after
}

/** Whether a bare 2 before this classifier (or 万, 亿, 千, 百) is 两. */
export function takesLiang(classifier: string): boolean {
  return !PLAIN_TWO.has(classifier)
}

/** Units that the reference lacks. */
export const UNITS: Readonly<Record<string, string>> = {
  hr: '小时',
  hrs: '小时',
  mins: '分钟',
  sec: '秒',
  secs: '秒',
  fps: '帧每秒',
  μm: '微米',
  µm: '微米',
  t: '吨',
  V: '伏',
  W: '瓦',
  kWh: '千瓦时',
  Wh: '瓦时',
  Hz: '赫兹',
  kHz: '千赫',
  MHz: '兆赫',
  GHz: '吉赫',
  dB: '分贝',
  mAh: '毫安时',
  A: '安',
  Ω: '欧姆',
  kΩ: '千欧',
  KΩ: '千欧',
  MΩ: '兆欧',
  mΩ: '毫欧',
  Pa: '帕',
  kPa: '千帕',
  MPa: '兆帕',
  hPa: '百帕',
  J: '焦耳',
  kJ: '千焦',
  N: '牛',
  mL: '毫升',
  l: '升',
  g: '克',
  '‰': '',
  'm/s²': '米每二次方秒',
  'm/s': '米每秒',
  'mg/L': '毫克每升',
  'g/L': '克每升',
  'mg/dL': '毫克每分升',
  mol: '摩尔',
  mmol: '毫摩尔',
  dBm: '分贝毫瓦',
  'mmol/L': '毫摩尔每升',
  'mol/L': '摩尔每升',
  'μg/m³': '微克每立方米',
  'kg/m³': '千克每立方米',
  'g/cm³': '克每立方厘米',
  'L/min': '升每分钟',
  'r/min': '转每分钟',
  'MB/s': '兆每秒',
  Mbps: '兆比特每秒',
  Gbps: '吉比特每秒',
  bar: '巴',
  MW: '兆瓦',
  mA: '毫安',
  kW·h: '千瓦时',
  N·m: '牛米',
  kN·m: '千牛米',
  lx: '勒克斯',
  lm: '流明',
  μg: '微克',
  μL: '微升',
  'mg/kg': '毫克每千克',
  mV: '毫伏',
  kV: '千伏',
  KV: '千伏',
  KW: '千瓦',
}
