/** Doors of files: recordings of every format, stored voices, manifests of bundles. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeAudio } from '../../src/audio/decode.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { decodeVoice, encodeVoice } from '../../src/core/voice.ts'
import type { Door } from './door.ts'
import { refusedOr } from './door.ts'

const MAX_SECONDS = 30

export const recording: Door = {
  name: 'recording',
  words: [
    'RIFF',
    'RF64',
    'WAVE',
    'fmt ',
    'data',
    'LIST',
    'fact',
    'ds64',
    'OggS',
    'OpusHead',
    'fLaC',
    'ID3',
    'FORM',
    'AIFF',
    'COMM',
    'SSND',
    'ftyp',
    'moov',
    'mdat',
    '\x1a\x45\xdf\xa3',
  ],
  judge: (bytes) =>
    refusedOr(['UNSUPPORTED_AUDIO', 'AUDIO_TOO_LONG', 'AUDIO_TOO_SHORT', 'AUDIO_SILENT'], async () => {
      const { samples, sampleRate } = await decodeAudio(bytes, { maxSeconds: MAX_SECONDS })
      assert(samples.every(Number.isFinite), 'samples are numbers')
      assert(samples.length <= (MAX_SECONDS + 1) * sampleRate, 'no longer than the limit')
      return `taken at ${sampleRate}`
    }),
}

export const voiceFile: Door = {
  name: 'voice',
  words: [
    '__metadata__',
    'format',
    'light-tts-voice-1',
    'light-tts-voice-2',
    'sha256',
    'shape',
    'data_offsets',
    'speech_tokens',
    'mel',
    'embedding',
    'I32',
    'F32',
    '[0,0]',
    '{}',
    'null',
  ],
  judge: (bytes) =>
    refusedOr(['BAD_BUNDLE'], () => {
      const voice = decodeVoice(bytes, 'fuzzed')
      assert.deepEqual(decodeVoice(encodeVoice(voice), 'again'), voice)
      return 'taken'
    }),
}

/** Reads manifests from a folder of its own. */
export function manifest(folder: string): Door {
  mkdirSync(folder, { recursive: true })
  return {
    name: 'manifest',
    words: [
      '{',
      '}',
      '[',
      ']',
      'null',
      'true',
      '"format":1',
      '"files"',
      '"name":"../x"',
      '"size":-1',
      '__proto__',
      '1e999',
      '"\\ud800"',
    ],
    judge: (bytes) =>
      refusedOr(['BAD_BUNDLE'], async () => {
        writeFileSync(join(folder, 'manifest.json'), bytes)
        const { manifest: read, path } = await readBundle(folder)
        for (const { name } of read.files) assert(!/(^|[/\\])\.\.([/\\]|$)|^[/\\]/.test(name), path(name))
        return 'taken'
      }),
  }
}
