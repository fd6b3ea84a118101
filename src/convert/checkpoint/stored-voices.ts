/**
 * `spk2info.pt`: the voices that a checkpoint brings.
 *
 * A zero-shot entry (the reference's `add_zero_shot_spk`) holds the prompt's text ids, speech tokens, mel and speaker
 * vector; a fine-tuned one (`sft`) only the speaker vector. All arrays have a leading batch of one.
 */
import { readFloat32, type TensorSource } from '../../core/tensor-source.ts'
import { refusal, shown } from './refusal.ts'
import type { TorchFile } from './torch.ts'

export interface CheckpointVoice {
  readonly id: string
  readonly kind: 'zero-shot' | 'sft'
  /** Ids of the prompt's text; empty for `sft`, as are the next two. */
  readonly textIds: readonly number[]
  readonly speechTokens: Int32Array
  /** `[frames, mel]`, frames = tokens × ratio. */
  readonly mel: Float32Array
  readonly embedding: Float32Array
}

export interface VoiceDims {
  /** Speech tokens that the flow knows. */
  readonly vocab: number
  readonly mel: number
  readonly spkDim: number
  readonly tokenMelRatio: number
}

const LONGEST_ID = 200
/** A prompt is clipped at 30 s; this is far beyond and keeps a hostile entry small. */
const MOST_ELEMENTS = 2 ** 20

/** Every voice of the file. Refuses arrays of other sizes than the model's. */
export async function readStoredVoices(
  file: string,
  { tensors }: TorchFile,
  dims: VoiceDims,
): Promise<CheckpointVoice[]> {
  const byVoice = new Map<string, Map<string, TensorSource>>()
  for (const [path, tensor] of tensors) {
    // Tensor names hold no slash, so whatever is before the last one is the voice's name.
    const cut = path.lastIndexOf('/')
    if (cut < 0) throw refusal(file, `key '${shown(path)}'`, 'a dict of tensors for each voice', 'a tensor')
    const id = path.slice(0, cut)
    const entry = byVoice.get(id) ?? new Map<string, TensorSource>()
    byVoice.set(id, entry.set(path.slice(cut + 1), tensor))
  }
  const voices: CheckpointVoice[] = []
  for (const [id, entry] of byVoice) voices.push(await readVoiceEntry(file, id, entry, dims))
  return voices
}

async function readVoiceEntry(
  file: string,
  id: string,
  entry: ReadonlyMap<string, TensorSource>,
  dims: VoiceDims,
): Promise<CheckpointVoice> {
  const place = `voice '${shown(id)}'`
  if (id.length > LONGEST_ID || id === '') {
    throw refusal(file, place, `a name of 1 to ${LONGEST_ID} characters`, `${id.length}`)
  }
  const values = async (name: string, lastDim?: number): Promise<Float32Array> => {
    const tensor = entry.get(name)
    if (tensor === undefined) throw refusal(file, place, `tensor '${name}'`, 'none')
    const size = tensor.shape.reduce((product, dim) => product * dim, 1)
    const fits = size <= MOST_ELEMENTS && (lastDim === undefined || tensor.shape.at(-1) === lastDim)
    if (!fits) {
      const expected = `'${name}' with ${lastDim ?? 'few'} in its last dimension`
      throw refusal(file, place, expected, `[${tensor.shape.join(', ')}]`)
    }
    return readFloat32(tensor)
  }
  if (!entry.has('flow_prompt_speech_token')) {
    const embedding = await values('embedding', dims.spkDim)
    return {
      id,
      kind: 'sft',
      textIds: [],
      speechTokens: new Int32Array(0),
      mel: new Float32Array(0),
      embedding,
    }
  }
  const tokens = await values('flow_prompt_speech_token')
  const stray = tokens.find((token) => !(token >= 0 && token < dims.vocab))
  if (stray !== undefined) throw refusal(file, place, `speech tokens 0…${dims.vocab - 1}`, `${stray}`)
  const mel = await values('prompt_speech_feat', dims.mel)
  // The reference trims so that every token has its frames (reference rule 5); older entries may not be trimmed.
  const numTokens = Math.min(tokens.length, Math.floor(mel.length / dims.mel / dims.tokenMelRatio))
  return {
    id,
    kind: 'zero-shot',
    textIds: Array.from(await values('prompt_text')),
    speechTokens: Int32Array.from(tokens.subarray(0, numTokens)),
    mel: mel.slice(0, numTokens * dims.tokenMelRatio * dims.mel),
    embedding: await values('flow_embedding', dims.spkDim),
  }
}
