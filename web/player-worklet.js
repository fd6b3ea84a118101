/** Plays samples as they come; tells how much was played and how often it ran dry between first and last sample. */
class Player extends AudioWorkletProcessor {
  constructor() {
    super()
    this.queue = []
    this.at = 0
    this.waiting = 0
    this.started = false
    this.complete = false
    this.dry = false
    this.underruns = 0
    this.port.onmessage = ({ data }) => {
      if (data.samples) {
        this.queue.push(data.samples)
        this.waiting += data.samples.length
      }
      if (data.complete) this.complete = true
      if (data.clear) {
        this.queue = []
        this.at = 0
        this.waiting = 0
        this.complete = true
      }
    }
  }

  process(_, [[out]]) {
    // A tenth of a second is gathered first, as a player on a network does.
    if (!this.started && this.waiting < sampleRate / 10 && !this.complete) return true
    this.started = true
    let filled = 0
    while (filled < out.length && this.queue.length > 0) {
      const [head] = this.queue
      const count = Math.min(out.length - filled, head.length - this.at)
      out.set(head.subarray(this.at, this.at + count), filled)
      filled += count
      this.at += count
      this.waiting -= count
      if (this.at === head.length) {
        this.queue.shift()
        this.at = 0
      }
    }
    if (filled < out.length) {
      if (this.complete) {
        this.port.postMessage({ ended: true, underruns: this.underruns })
        return false
      }
      if (!this.dry) this.underruns++
      this.dry = true
    } else this.dry = false
    return true
  }
}
registerProcessor('light-tts-player', Player)

/** Hands the microphone's samples on. */
class Recorder extends AudioWorkletProcessor {
  process([[input]]) {
    if (input) this.port.postMessage(input.slice())
    return true
  }
}
registerProcessor('light-tts-recorder', Recorder)
