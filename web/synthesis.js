/** Takes made by the server, and files of takes in formats that need an encoder. */
import { fileOf, PcmReader } from './samples.js'
import { ask } from './server.js'
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
  const { prompt, text } = await speak(take, { onBytes, onWord }, signal, protocol)
  take.notes = [...prompt.map((one) => `prompt-${one}`), ...text]
  take.factor = (performance.now() - asked) / 1000 / take.seconds
}

/** What was heard, in a format that needs an encoder; nothing is spoken again. */
export async function encodedFile(take, format) {
  const body = fileOf(take.samples, take.rate, 'pcm')
  const headers = { 'Content-Type': 'application/octet-stream' }
  return (
    await ask(`page/encode?format=${format}&rate=${take.rate}`, { method: 'POST', headers, body })
  ).blob()
}

function speak({ request, rate }, to, signal, protocol) {
  const output = { format: 'pcm', rate }
  if (request.way === 'live') return speakLive(request, output, to, signal, protocol)
  return speakOverHttp(request, output, to, signal)
}
