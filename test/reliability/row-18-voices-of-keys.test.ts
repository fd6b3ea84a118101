/** Row 18: a stored voice belongs to the key that stored it. To others it does not exist, unless it is shared. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { goldenDir } from '../helpers/paths.ts'
import { TRANSPORTS } from '../helpers/test-server.ts'
import { convertTiny, openTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

const KEYS = { ann: 'key-of-ann', ben: 'key-of-ben' } as const
type Who = keyof typeof KEYS
const hashes = Object.values(KEYS).map((key) => createHash('sha256').update(key).digest('hex'))

let bundle: TinyBundle
let folder: string
let prompt: Blob
before(async () => {
  bundle = await convertTiny()
  prompt = new Blob([await readFile(join(goldenDir, 'inputs/prompt_16k.wav'))])
})
after(() => bundle.remove())

for (const transport of TRANSPORTS) {
  describe(transport, () => {
    let tiny: OpenSynthesizer
    let server: RunningServer
    const open = async (withKeys = true) => {
      tiny = await openTiny(bundle, { voicesDir: folder })
      const config = loadConfig({
        set: [
          'server.port=0',
          `server.transport=${transport}`,
          'limits.rate_limit=off',
          `server.apiKeys=${JSON.stringify(withKeys ? hashes : [])}`,
        ],
      })
      const logger = pino({ level: 'silent' })
      server = await createServer({ config, synthesizer: tiny.synthesizer, logger, metrics: createMetrics() })
    }
    const close = async () => {
      await server.close()
      assert(await tiny.close(10_000))
    }
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'light-tts-row18-'))
      await open()
    })
    after(async () => {
      await close()
      await rm(folder, { recursive: true })
    })

    const call = async (who: Who | undefined, method: string, path: string, body?: FormData | string) => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        method,
        headers: {
          ...(who === undefined ? {} : { authorization: `Bearer ${KEYS[who]}` }),
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        ...(body === undefined ? {} : { body }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return { status: answer.status, text: bytes.toString(), bytes }
    }
    const store = (who: Who | undefined, id: string, transcript: string, shared = false) => {
      const form = new FormData()
      form.set('id', id)
      form.set('prompt_text', transcript)
      form.set('prompt_mode', 'style')
      if (shared) form.set('shared', 'true')
      form.set('prompt_wav', prompt, 'a.wav')
      return call(who, 'POST', '/v1/voices', form)
    }
    const speak = (who: Who | undefined, voice: string) =>
      call(who, 'POST', '/v1/audio/speech', JSON.stringify({ input: 'Hi.', voice, response_format: 'pcm' }))
    const listed = async (who: Who | undefined) => {
      const { voices } = JSON.parse((await call(who, 'GET', '/v1/voices')).text) as {
        voices: { id: string; transcript: string; origin: string }[]
      }
      const stored = voices.filter(({ origin }) => origin === 'user')
      return stored.map(({ id, transcript }) => `${id}: ${transcript}`)
    }

    it('its key lists it and speaks with it; to another it is a voice that nobody has', async () => {
      assert.equal((await store('ann', 'secret', 'What Ann said.')).status, 201)
      assert((await listed('ann')).includes('secret: What Ann said.'))
      assert.equal((await speak('ann', 'secret')).status, 200)
      assert(!(await listed('ben')).join().includes('secret'))
      for (const answers of [
        [await speak('ben', 'secret'), await speak('ben', 'nobody')],
        [await call('ben', 'DELETE', '/v1/voices/secret'), await call('ben', 'DELETE', '/v1/voices/nobody')],
      ]) {
        const [secret, nobody] = answers
        assert.equal(secret!.status, 404)
        assert.equal(secret!.text.replaceAll('secret', 'nobody'), nobody!.text)
        assert(!secret!.text.replaceAll("got 'secret'", '').includes('secret'), secret!.text)
      }
      assert.equal((await speak('ann', 'secret')).status, 200)
    })

    it('over the socket too', async () => {
      const code = await new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}/inference_zero_shot_bistream`, {
          headers: { authorization: `Bearer ${KEYS.ben}` },
        })
        socket.on('open', () => socket.send(JSON.stringify({ voice: 'secret' })))
        socket.on('close', resolve)
        socket.on('error', reject)
      })
      assert.equal(code, 1008)
    })

    it('another may use the same name without touching it', async () => {
      assert.equal((await store('ben', 'secret', 'What Ben said.')).status, 201)
      assert((await listed('ann')).includes('secret: What Ann said.'))
      assert((await listed('ben')).includes('secret: What Ben said.'))
      assert.equal((await call('ben', 'DELETE', '/v1/voices/secret')).status, 200)
      assert((await listed('ann')).includes('secret: What Ann said.'))
    })

    it('a shared one is heard by all and deleted by its key alone', async () => {
      assert.equal((await store('ann', 'common', 'For all.', true)).status, 201)
      assert((await listed('ben')).includes('common: For all.'))
      assert.equal((await speak('ben', 'common')).status, 200)
      assert.equal((await call('ben', 'DELETE', '/v1/voices/common')).status, 403)
      assert.equal((await speak('ann', 'common')).status, 200)
    })

    it('words kept for a voice go with it, also those of others; words for a voice of the same name stay', async () => {
      const putWords = (who: Who, voice: string) =>
        call(who, 'PUT', '/v1/dictionaries', JSON.stringify({ voice, dictionary: { SQL: 'sequel' } }))
      const keptFor = async (who: Who) =>
        Object.keys(JSON.parse((await call(who, 'GET', '/v1/dictionaries')).text).voices)
      assert.equal((await store('ann', 'passing', 'For all.', true)).status, 201)
      assert.equal((await store('ben', 'passing2', 'Mine.')).status, 201)
      assert.equal((await putWords('ann', 'passing')).status, 200)
      assert.equal((await putWords('ben', 'passing')).status, 200)
      assert.equal((await putWords('ben', 'passing2')).status, 200)
      assert.equal((await call('ann', 'DELETE', '/v1/voices/passing')).status, 200)
      assert.deepEqual(await keptFor('ann'), [])
      assert.deepEqual(await keptFor('ben'), ['passing2'])
      assert.equal((await store('ann', 'passing2', 'Hers.')).status, 201)
      assert.equal((await call('ann', 'DELETE', '/v1/voices/passing2')).status, 200)
      assert.deepEqual(await keptFor('ben'), ['passing2'])
      assert.equal((await call('ben', 'DELETE', '/v1/voices/passing2')).status, 200)
      assert.deepEqual(await keptFor('ben'), [])
    })

    it('wherever a voice is named, in whatever spelling, another’s is one that nobody has', async () => {
      const normalize = (who: Who, voice: string) =>
        call(who, 'POST', '/v1/text/normalize', JSON.stringify({ input: 'Hi.', voice }))
      const words = (who: Who, voice: string) =>
        call(who, 'PUT', '/v1/dictionaries', JSON.stringify({ voice, dictionary: {} }))
      const form = (who: Who, voice: string) => {
        const fields = new FormData()
        fields.set('tts_text', 'Hi.')
        fields.set('voice', voice)
        return call(who, 'POST', '/inference_zero_shot', fields)
      }
      for (const way of [speak, normalize, words, form]) {
        const [secret, nobody] = [await way('ben', 'secret'), await way('ben', 'nobody')]
        assert.equal(secret.status, 404)
        assert.equal(secret.text.replaceAll('secret', 'nobody'), nobody.text)
      }
      const odd = [
        'SECRET',
        'secret ',
        'secret%00',
        '%73ecret',
        'secret~',
        '../secret',
        'secret.voice',
        's%65cret',
      ]
      for (const id of odd) {
        const answer = await call('ben', 'DELETE', `/v1/voices/${id}`)
        assert.equal(answer.status, 404, `${id}: ${answer.text}`)
      }
      assert((await listed('ann')).includes('secret: What Ann said.'))
    })

    it('whose it is survives a restart', async () => {
      await close()
      await open()
      assert((await listed('ann')).includes('secret: What Ann said.'))
      assert.equal((await speak('ben', 'secret')).status, 404)
      assert.equal((await speak('ben', 'common')).status, 200)
    })

    it('a voice from before keys were in use is heard by all and deleted by none of them', async () => {
      await close()
      await open(false)
      assert.equal((await store(undefined, 'old', 'No key.')).status, 201)
      await close()
      await open()
      for (const who of ['ann', 'ben'] as const) {
        assert((await listed(who)).includes('old: No key.'))
        assert.equal((await speak(who, 'old')).status, 200)
        assert.equal((await call(who, 'DELETE', '/v1/voices/old')).status, 403)
      }
      // One of the same name of a key's own goes before it, and goes away alone.
      assert.equal((await store('ann', 'old', 'Hers.')).status, 201)
      assert((await listed('ann')).includes('old: Hers.'))
      assert((await listed('ben')).includes('old: No key.'))
      assert.equal((await call('ann', 'DELETE', '/v1/voices/old')).status, 200)
      assert((await listed('ann')).includes('old: No key.'))
      await close()
      await open(false)
      assert.equal((await call(undefined, 'DELETE', '/v1/voices/old')).status, 200)
    })

    it('without keys everybody sees and deletes all, as before', async () => {
      await close()
      await open(false)
      assert.equal((await store(undefined, 'plain', 'No key.')).status, 201)
      assert.deepEqual(await listed(undefined), [
        'plain: No key.',
        'common: For all.',
        'secret: What Ann said.',
      ])
      assert.equal((await call(undefined, 'DELETE', '/v1/voices/plain')).status, 200)
      assert.equal((await call(undefined, 'DELETE', '/v1/voices/secret')).status, 200)
    })
  })
}
