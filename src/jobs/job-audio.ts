/** The parts of a job, all of them spoken → the track that its audio is made from. */
import { type Track, trackOf } from '../books/audio-track.ts'
import type { SpokenAudio } from '../books/part-folder.ts'
import { PartLost } from './fault-policy.ts'
import type { JobRecord, PartRecord } from './job-record.ts'

/** `read`: a part as it was kept, undefined where it is missing or damaged; the track throws PartLost then. */
export function jobTrack(
  { titles, wish }: JobRecord,
  parts: readonly Omit<PartRecord, 'text'>[],
  read: (index: number) => Promise<SpokenAudio | undefined>,
): Track {
  // A part without words has no rate.
  const sampleRate = parts.find((part) => (part.sampleRate ?? 0) > 0)?.sampleRate ?? wish.sampleRate
  return trackOf({
    parts,
    titles,
    lengths: parts.map(({ samples }) => samples ?? 0),
    sampleRate,
    read: async (index) => {
      const audio = await read(index)
      const isAsTold = audio !== undefined && audio.samples.length === parts[index]!.samples
      if (!isAsTold || (audio.samples.length > 0 && audio.sampleRate !== sampleRate))
        throw new PartLost(index)
      return audio
    },
  })
}
