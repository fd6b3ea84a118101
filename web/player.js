/**
 * Plays samples as they come. Browsers run audio worklets only for pages on https or localhost; elsewhere the pieces are
 * scheduled one behind the other on the audio clock.
 */

/** Seconds gathered before the first sample is heard, as a player on a network does. */
const GATHERED = 0.1
/** Seconds between scheduling a piece and hearing it, at the start and after running dry. */
const LEAD = 0.05

/**
 * `{ play(samples), complete(), clear(), close() }`: `complete` resolves with the times that playing ran dry, once all is
 * heard; `clear` drops what is not.
 */
export async function openPlayer(rate) {
  const context = new AudioContext({ sampleRate: rate })
  if (context.audioWorklet === undefined) return new ScheduledPlayer(context)
  await context.audioWorklet.addModule('/page/player-worklet.js')
  return new WorkletPlayer(context)
}

class WorkletPlayer {
  constructor(context) {
    this.context = context
    this.node = new AudioWorkletNode(context, 'light-tts-player', { outputChannelCount: [1] })
    this.node.connect(context.destination)
    this.ended = new Promise((resolve) => {
      this.node.port.onmessage = ({ data }) => resolve(data.underruns)
    })
  }

  play(samples) {
    this.node.port.postMessage({ samples })
  }

  complete() {
    this.node.port.postMessage({ complete: true })
    return this.ended
  }

  clear() {
    this.node.port.postMessage({ clear: true })
  }

  close() {
    return this.context.close()
  }
}

class ScheduledPlayer {
  constructor(context) {
    this.context = context
    this.gathered = []
    this.seconds = 0
    this.sources = new Set()
    /** On the audio clock: when what is scheduled so far is over. Undefined until the first piece is. */
    this.until = undefined
    this.underruns = 0
    this.completed = false
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
  }

  play(samples) {
    if (samples.length === 0) return
    this.gathered.push(samples)
    this.seconds += samples.length / this.context.sampleRate
    if (this.until !== undefined || this.seconds >= GATHERED) this.schedule()
  }

  complete() {
    this.completed = true
    this.schedule()
    this.endIfHeard()
    return this.ended
  }

  clear() {
    this.gathered = []
    this.completed = true
    for (const source of this.sources) source.stop()
  }

  close() {
    return this.context.close()
  }

  schedule() {
    for (const samples of this.gathered.splice(0)) {
      const { currentTime, sampleRate, destination } = this.context
      if (this.until === undefined) this.until = currentTime + LEAD
      else if (this.until < currentTime) {
        this.underruns++
        this.until = currentTime + LEAD
      }
      const buffer = this.context.createBuffer(1, samples.length, sampleRate)
      buffer.copyToChannel(samples, 0)
      const source = this.context.createBufferSource()
      source.buffer = buffer
      source.connect(destination)
      source.onended = () => {
        this.sources.delete(source)
        this.endIfHeard()
      }
      this.sources.add(source)
      source.start(this.until)
      this.until += buffer.duration
    }
  }

  endIfHeard() {
    if (this.completed && this.sources.size === 0) this.end(this.underruns)
  }
}
