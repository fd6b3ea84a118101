/** Takes made by the server, and files of takes in formats that need an encoder. */
import { PcmReader } from './samples.js'
import { speakLive, speakOverHttp } from './speech.js'

/** Fills the take; `grew()` is called for each piece. Throws what ended it early. */
export async function makeTake(take, signal, protocol, grew) {
  const asked = performance.now()
  const pcm = new PcmReader()
  const onBytes = (bytes) => {
    take.firstMs ??= performance.now() - asked
    take.add(pcm.push(bytes))
    grew()
  }
  const { prompt, text } = await speak(take, 'pcm', onBytes, signal, protocol)
  take.notes = [...prompt.map((one) => `prompt-${one}`), ...text]
  take.factor = (performance.now() - asked) / 1000 / take.seconds
}

/** The same again in the take's format: with its seed the samples are the same. */
export async function makeFile(take, protocol) {
  const parts = []
  const { signal } = new AbortController()
  await speak(take, take.request.format, (bytes) => parts.push(bytes), signal, protocol)
  return new Blob(parts)
}

function speak({ request, rate }, format, onBytes, signal, protocol) {
  const output = { format, rate }
  if (request.way === 'live') return speakLive(request, output, onBytes, signal, protocol)
  return speakOverHttp(request, output, onBytes, signal)
}
