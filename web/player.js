/**
 * Plays a take from any place, also while it is still coming. Pieces are scheduled one behind the other on the audio clock:
 * audio worklets, which could do it too, exist on https and localhost only.
 */

/** Seconds gathered before the first sample is heard, as a player on a network does. */
const GATHERED = 0.1
/** Seconds between scheduling a piece and hearing it, at the start and after running dry. */
const LEAD = 0.05

/** A start is given in seconds; one that falls a hair beside its frame would cost a sample at the joint. */
const isExact = (frame, rate) => (frame / rate) * rate === frame

/** Tells `change` whenever something about it changed, and `end` when all was heard. */
export class Player extends EventTarget {
  #open
  #context
  #gain
  #volume = 1
  #take
  #isPlaying = false
  #sources = new Set()
  /** Sample of the take that is heard at frame `#base` of the audio clock; undefined base: nothing is scheduled yet. */
  #from = 0
  #base
  /** Sample of the take up to which all is scheduled. */
  #next = 0

  /** `open(rate)` gives an audio context; tests give their own. */
  constructor(open = (sampleRate) => new AudioContext({ sampleRate })) {
    super()
    this.#open = open
  }

  get take() {
    return this.#take
  }

  get isPlaying() {
    return this.#isPlaying
  }

  /** Seconds from the take's start. */
  get position() {
    if (this.#take === undefined) return 0
    return Math.min(this.#heard(), this.#take.length) / this.#take.rate
  }

  set volume(share) {
    this.#volume = share
    if (this.#gain) this.#gain.gain.value = share
  }

  load(take) {
    this.#silence()
    this.#take = take
    this.#from = this.#next = 0
    this.#isPlaying = false
    this.#changed()
  }

  play() {
    if (this.#take === undefined || this.#isPlaying) return
    if (this.#take.isDone && this.#from >= this.#take.length) this.#from = this.#next = 0
    this.#prepare(this.#take.rate)
    this.#isPlaying = true
    this.#schedule()
    this.#changed()
  }

  pause() {
    if (!this.#isPlaying) return
    const heard = this.#heard()
    this.#silence()
    this.#from = this.#next = heard
    this.#isPlaying = false
    this.#changed()
  }

  toggle() {
    if (this.#isPlaying) this.pause()
    else this.play()
  }

  seek(seconds) {
    if (this.#take === undefined) return
    this.#silence()
    this.#from = this.#next = Math.max(0, Math.min(this.#take.length, Math.round(seconds * this.#take.rate)))
    if (this.#isPlaying) this.#schedule()
    this.#changed()
  }

  /** The take has more samples, or its last ones. */
  grew() {
    if (this.#isPlaying) this.#schedule()
    this.#changed()
  }

  /** A take's rate is the context's: pieces that were resampled each for itself would click at their joints. */
  #prepare(rate) {
    if (this.#context?.sampleRate !== rate) {
      void this.#context?.close()
      this.#context = this.#open(rate)
      this.#gain = this.#context.createGain()
      this.#gain.gain.value = this.#volume
      this.#gain.connect(this.#context.destination)
    }
    if (this.#context.state === 'suspended') void this.#context.resume?.()
  }

  #heard() {
    if (this.#base === undefined) return this.#from
    const frames = Math.floor(this.#context.currentTime * this.#take.rate) - this.#base
    return Math.max(this.#from, Math.min(this.#next, this.#from + frames))
  }

  #schedule() {
    const { length, rate, isDone } = this.#take
    const count = length - this.#next
    if (count > 0 && (this.#base !== undefined || isDone || count >= GATHERED * rate)) {
      this.#setClock(rate)
      let end = length
      while (!isDone && end > this.#next && !isExact(this.#frameOf(end), rate)) end--
      if (end > this.#next)
        this.#start(this.#take.samples.subarray(this.#next, end), this.#frameOf(this.#next))
      this.#next = end
    }
    this.#endIfHeard()
  }

  /** Frame of the audio clock at which a sample of the take is heard. */
  #frameOf(sample) {
    return this.#base + sample - this.#from
  }

  #setClock(rate) {
    const now = this.#context.currentTime * rate
    const isDry = this.#base !== undefined && this.#frameOf(this.#next) < now
    if (isDry) this.#take.underruns++
    if (!isDry && this.#base !== undefined) return
    this.#from = this.#next
    this.#base = Math.ceil(now + LEAD * rate)
    while (!isExact(this.#base, rate)) this.#base++
  }

  #start(samples, frame) {
    const buffer = this.#context.createBuffer(1, samples.length, this.#take.rate)
    buffer.copyToChannel(samples, 0)
    const source = this.#context.createBufferSource()
    source.buffer = buffer
    source.connect(this.#gain)
    source.onended = () => {
      if (this.#sources.delete(source)) this.#endIfHeard()
    }
    this.#sources.add(source)
    source.start(frame / buffer.sampleRate)
  }

  #silence() {
    for (const source of this.#sources) source.stop()
    this.#sources.clear()
    this.#base = undefined
  }

  #endIfHeard() {
    const { isDone, length } = this.#take
    if (!this.#isPlaying || !isDone || this.#next < length || this.#sources.size > 0) return
    this.#isPlaying = false
    this.#base = undefined
    this.#from = this.#next
    this.#changed()
    this.dispatchEvent(new Event('end'))
  }

  #changed() {
    this.dispatchEvent(new Event('change'))
  }
}
