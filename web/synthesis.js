/** Takes made by the server, and files of takes in formats that need an encoder. */
import { PcmReader } from './samples.js'
import { speakLive, speakOverHttp } from './speech.js'

/** Fills the take; `grew()` is called for each piece. Throws what ended it early. */
export async function makeTake(take, signal, protocol, grew) {
  const asked = performance.now()
  const pcm = new PcmReader()
  const onWord = (word) => take.words.push(word)
  const onBytes = (bytes) => {
    take.firstMs ??= performance.now() - asked
    take.add(pcm.push(bytes))
    grew()
  }
  const { prompt, text } = await speak(take, 'pcm', { onBytes, onWord }, signal, protocol)
  take.notes = [...prompt.map((one) => `prompt-${one}`), ...text]
  take.factor = (performance.now() - asked) / 1000 / take.seconds
}

/** The same again in another format: with the take's seed the samples are the same. */
export async function makeFile(take, format, protocol) {
  const parts = []
  const { signal } = new AbortController()
  const onBytes = (bytes) => parts.push(bytes)
  await speak(take, format, { onBytes }, signal, protocol)
  return new Blob(parts)
}

function speak({ request, rate }, format, to, signal, protocol) {
  const output = { format, rate }
  if (request.way === 'live') return speakLive(request, output, to, signal, protocol)
  return speakOverHttp(request, output, to, signal)
}
