/** The microphone as samples. Browsers give it to pages on https or localhost only. */
import { address } from './server.js'
import { t } from './words.js'

/** Resolves with `{ rate, stop() }`; `heard(samples)` is called as they come, `stop` gives the microphone back. */
export async function openMicrophone(heard) {
  if (navigator.mediaDevices === undefined) throw new Error(t('microphone-https'))
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error) => {
    throw new Error(t('microphone-refused', { reason: error.message }))
  })
  const context = new AudioContext()
  await context.audioWorklet.addModule(address('page/recorder-worklet.js'))
  const recorder = new AudioWorkletNode(context, 'light-tts-recorder', { numberOfOutputs: 0 })
  recorder.port.onmessage = ({ data }) => heard(data)
  context.createMediaStreamSource(stream).connect(recorder)
  return {
    rate: context.sampleRate,
    stop() {
      recorder.port.onmessage = null
      for (const track of stream.getTracks()) track.stop()
      void context.close()
    },
  }
}
