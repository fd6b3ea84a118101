/**
 * What happens to jobs in Redis or Valkey, each as one script: all of it or nothing, whatever other nodes do meanwhile.
 *
 * KEYS[1] begins all keys. Of a job: `job:ID` (hash, the record), `text:ID` (its parts' texts), `part:ID` (what is spoken),
 * `made:ID` (how long each is). Of all: `open` and `ended` (sorted by time), `untold` (news to tell), `bytes` (reserved by
 * all), `turn` (see `create`). Of a caller: `of:CALLER` (jobs by time), `open-of:CALLER`, `asked:WISH` (job of a wish).
 */

const COMMON = `
local P = KEYS[1]
local function key(kind, name) return P .. ':' .. kind .. ':' .. name end
local function field(id, name) return redis.call('HGET', key('job', id), name) end
local function isOpen(id)
  local state = field(id, 'state')
  return state == 'queued' or state == 'running'
end
local function reserve(id, bytes)
  local change = tonumber(bytes) - tonumber(field(id, 'reserved') or '0')
  redis.call('INCRBY', P .. ':bytes', string.format('%.0f', change))
  redis.call('HSET', key('job', id), 'reserved', bytes)
end
local function forgetParts(id) redis.call('DEL', key('text', id), key('part', id), key('made', id)) end
local function close(id)
  redis.call('ZREM', P .. ':open', id)
  redis.call('SREM', key('open-of', field(id, 'caller')), id)
end
local function forgetWish(id)
  local asked = key('asked', field(id, 'asked'))
  if redis.call('GET', asked) == id then redis.call('DEL', asked) end
end
local function remove(id)
  close(id)
  forgetParts(id)
  forgetWish(id)
  reserve(id, 0)
  local audio = field(id, 'pieces')
  if audio then redis.call('DEL', audio) end
  redis.call('ZREM', key('of', field(id, 'caller')), id)
  redis.call('ZREM', P .. ':ended', id)
  redis.call('SREM', P .. ':untold', id)
  redis.call('DEL', key('job', id))
end
local function finish(id, state, now)
  redis.call('HSET', key('job', id), 'state', state, 'finished', now)
  forgetParts(id)
  close(id)
  redis.call('ZADD', P .. ':ended', now, id)
  if field(id, 'webhookState') == 'pending' then
    redis.call('HSET', key('job', id), 'webhookState', 'waiting', 'webhookNext', now)
    redis.call('SADD', P .. ':untold', id)
  end
end
`

/**
 * ARGV: id, caller, wish, unfinished jobs of a caller at most; bytes needed, bytes of all at most, now, number of fields;
 * names and values of these; texts. Returns `kept` and the id of the same wish, `many`, `full` and what is left, or `new`,
 * turn and stride.
 *
 * Parts are spoken in the order of turns. A caller's first job has a part each turn, its second one every second turn,
 * and so on. `turn` is where all are; a newcomer begins there.
 */
export const CREATE = `${COMMON}
local id, caller, wish, most, needed, room, now, fields = unpack(ARGV, 1, 8)
local kept = redis.call('GET', key('asked', wish))
if kept and redis.call('EXISTS', key('job', kept)) == 1 then return {'kept', kept} end
local others = redis.call('SCARD', key('open-of', caller))
if others >= tonumber(most) then return {'many'} end
local left = tonumber(room) - tonumber(redis.call('GET', P .. ':bytes') or '0')
if tonumber(needed) > left then return {'full', string.format('%.0f', left)} end
if redis.call('ZCARD', P .. ':open') == 0 then redis.call('DEL', P .. ':turn') end
for i = 9, 8 + 2 * tonumber(fields), 2 do redis.call('HSET', key('job', id), ARGV[i], ARGV[i + 1]) end
redis.call('HSET', key('job', id), 'caller', caller, 'asked', wish, 'touched', 0)
local texts = 9 + 2 * tonumber(fields)
for i = texts, #ARGV do redis.call('HSET', key('text', id), i - texts, ARGV[i]) end
redis.call('SET', key('asked', wish), id)
reserve(id, needed)
redis.call('ZADD', P .. ':open', now, id)
redis.call('ZADD', key('of', caller), now, id)
redis.call('SADD', key('open-of', caller), id)
return {'new', redis.call('GET', P .. ':turn') or '0', others + 1}`

/** ARGV: id. */
export const FIND = `${COMMON}
return redis.call('HGETALL', key('job', ARGV[1]))`

/** ARGV: caller, how many. The newest first. */
export const LIST = `${COMMON}
local found = {}
for _, id in ipairs(redis.call('ZREVRANGE', key('of', ARGV[1]), 0, ARGV[2] - 1)) do
  table.insert(found, redis.call('HGETALL', key('job', id)))
end
return found`

/** ARGV: id, part (-1: none), turn, now. Returns the record, the part's text, and whether it is spoken already; nothing once it has ended. */
export const TAKE = `${COMMON}
local id, part, turn, now = unpack(ARGV)
if not isOpen(id) then return false end
if tonumber(turn) > tonumber(redis.call('GET', P .. ':turn') or '0') then redis.call('SET', P .. ':turn', turn) end
redis.call('HSET', key('job', id), 'state', 'running', 'touched', now)
return {
  redis.call('HGETALL', key('job', id)),
  redis.call('HGET', key('text', id), part) or '',
  redis.call('HEXISTS', key('made', id), part)
}`

/** ARGV: id, part, samples, rate, seconds, bytes. The first one stays. Returns whether this one is it, and how many are left; nothing once it has ended. */
export const PUT = `${COMMON}
local id, part, samples, rate, seconds, bytes = unpack(ARGV)
if not isOpen(id) then return false end
local isFirst = redis.call('HSETNX', key('part', id), part, bytes)
if isFirst == 1 then
  redis.call('HSET', key('made', id), part, samples .. ' ' .. rate)
  redis.call('HINCRBYFLOAT', key('job', id), 'seconds', seconds)
end
local done = redis.call('HLEN', key('made', id))
redis.call('HSET', key('job', id), 'done', done)
return {isFirst, field(id, 'parts') - done}`

/** ARGV: id, part. It is to be spoken again. */
export const LOST = `${COMMON}
local id, part = unpack(ARGV)
redis.call('HDEL', key('part', id), part)
redis.call('HDEL', key('made', id), part)
if isOpen(id) then redis.call('HSET', key('job', id), 'done', redis.call('HLEN', key('made', id))) end
return 1`

/** ARGV: id. Returns texts by part, and lengths by part. */
export const PARTS = `${COMMON}
return {redis.call('HGETALL', key('text', ARGV[1])), redis.call('HGETALL', key('made', ARGV[1]))}`

/** ARGV: id, now, facts of the audio, key of its pieces, bytes, seconds for which its wish is known. Returns 1 the first time. */
export const FINISH = `${COMMON}
local id, now, audio, pieces, bytes, known = unpack(ARGV)
if not isOpen(id) then return 0 end
redis.call('HSET', key('job', id), 'audio', audio, 'pieces', pieces)
redis.call('PERSIST', pieces)
finish(id, 'done', now)
reserve(id, bytes)
redis.call('EXPIRE', key('asked', field(id, 'asked')), known)
return 1`

/** ARGV: id, now, error. Returns 1 the first time. */
export const FAIL = `${COMMON}
local id, now, error = unpack(ARGV)
if not isOpen(id) then return 0 end
redis.call('HSET', key('job', id), 'error', error)
finish(id, 'failed', now)
reserve(id, 0)
forgetWish(id)
return 1`

/** ARGV: id. Returns the state that it had; nothing where it is gone. */
export const REMOVE = `${COMMON}
local state = field(ARGV[1], 'state')
if state then remove(ARGV[1]) end
return state`

/** ARGV: id, state, tries, next. */
export const TOLD = `${COMMON}
local id, state, tries, nextMs = unpack(ARGV)
if redis.call('EXISTS', key('job', id)) == 0 then return 0 end
redis.call('HSET', key('job', id), 'webhookState', state, 'webhookTries', tries, 'webhookNext', nextMs)
if state ~= 'waiting' then redis.call('SREM', P .. ':untold', id) end
return 1`

/** ARGV: ids. Returns how many jobs are unfinished, and which of these are not. */
export const WATCH = `${COMMON}
local ended = {}
for _, id in ipairs(ARGV) do if not isOpen(id) then table.insert(ended, id) end end
return {redis.call('ZCARD', P .. ':open'), ended}`

/** ARGV: id, now. All of its tickets are there. */
export const TOUCH = `${COMMON}
if isOpen(ARGV[1]) then redis.call('HSET', key('job', ARGV[1]), 'touched', ARGV[2]) end
return 1`

/**
 * ARGV: ms until the next node may, jobs that ended before this go, jobs untouched since this are told. Returns turn, ids of
 * those, ids with news; nothing where another node did it lately.
 */
export const TEND = `${COMMON}
if not redis.call('SET', P .. ':tended', 1, 'NX', 'PX', ARGV[1]) then return false end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. ':ended', '-inf', '(' .. ARGV[2], 'LIMIT', 0, 100)) do remove(id) end
local untouched = {}
for _, id in ipairs(redis.call('ZRANGE', P .. ':open', 0, -1)) do
  if tonumber(field(id, 'touched')) < tonumber(ARGV[3]) then table.insert(untouched, id) end
end
return {redis.call('GET', P .. ':turn') or '0', untouched, redis.call('SMEMBERS', P .. ':untold')}`
