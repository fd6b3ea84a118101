/** Hands the microphone's samples on, of its first channel. */
class Recorder extends AudioWorkletProcessor {
  process([[input]]) {
    if (input) this.port.postMessage(input.slice())
    return true
  }
}
registerProcessor('light-tts-recorder', Recorder)
