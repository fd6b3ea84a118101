/** What went wrong, in words that say what to do. */
import { Refusal } from './server.js'
import { t } from './words.js'

/** `rateLimit` as the server has it, such as `10/minute`. */
export function adviceOn(error, rateLimit) {
  if (error instanceof TypeError && /fetch|network|load/i.test(error.message)) return t('error-unreachable')
  if (!(error instanceof Refusal)) return error.message
  const wait = error.retryAfter === undefined ? '' : ` ${t('error-wait', { seconds: error.retryAfter })}`
  if (error.status === 429) return t('error-429', { limit: inWords(rateLimit) }) + wait
  const known = `error-${error.code}`
  const advice = t(known)
  return (advice === known ? error.message : `${advice} (${error.detail ?? error.message})`) + wait
}

function inWords(rateLimit = '') {
  const [count, unit] = rateLimit.split('/')
  return unit === undefined ? rateLimit : t('rate-limit', { count, unit: t(`unit-${unit}`) })
}
