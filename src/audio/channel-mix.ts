/** Several channels → one that holds the voice: channels without sound are left out, opposite phase is turned. */

/** A channel this much quieter than the loudest one holds cross-talk or noise at best. */
const SILENT_DB = 35
/** Correlation with the loudest channel below which a channel is the same sound with its sign changed. */
const OPPOSITE = -0.85
/** Fewer samples tell nothing about phase or silence. */
const MIN_SAMPLES = 1000

/** Mean of the channels that sound, each in phase with the loudest; all of one length. */
export function mixChannels(channels: readonly Float32Array[]): Float32Array {
  const [only] = channels
  if (only === undefined || channels.length === 1) return only ?? new Float32Array(0)
  const heard =
    only.length < MIN_SAMPLES ? channels.map((samples) => ({ samples, sign: 1 })) : soundingChannels(channels)
  const mixed = new Float32Array(only.length)
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0
    for (const { samples, sign } of heard) sum += sign * samples[i]!
    mixed[i] = sum / heard.length
  }
  return mixed
}

/** Those that take part, and the sign that brings each into phase with the loudest. */
function soundingChannels(
  channels: readonly Float32Array[],
): { readonly samples: Float32Array; readonly sign: number }[] {
  const energies = channels.map((channel) => dot(channel, channel))
  const most = Math.max(...energies)
  // Energies that are no numbers belong to samples that the checks behind this refuse.
  const loudest = channels[Math.max(0, energies.indexOf(most))]!
  return channels.flatMap((samples, i) => {
    const energy = energies[i]!
    if (energy < most * 10 ** (-SILENT_DB / 10)) return []
    const correlation = most === 0 ? 1 : dot(samples, loudest) / Math.sqrt(energy * most)
    return [{ samples, sign: correlation < OPPOSITE ? -1 : 1 }]
  })
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
