/** What a flow's guides are made of beside mu: the speaker's vector at every frame, and the prompt's mel. */
import type { Value } from '../onnx/graph-builder.ts'
import { type Author, linear, toFloat32, toGraphType } from './gemm.ts'

/** Inputs `embedding` `[N, speaker]` and `prompt` `[N, F, mels]`, output `speaker` `[N, mels]`; both values `[N, F, mels]`. */
export function guideInputs(
  author: Author,
  { mel: mels, spkDim }: { readonly mel: number; readonly spkDim: number },
): { readonly prompt: Value; readonly everywhere: Value } {
  const { g } = author
  const embedding = g.input('embedding', 'float32', ['N', spkDim])
  const unit = g.op('LpNormalization', [embedding], { axis: -1, p: 2 })
  const speaker = linear(author, toGraphType(author, unit), 'spk_embed_affine_layer')
  g.output('speaker', toFloat32(author, speaker), ['N', mels])
  const prompt = toGraphType(author, g.input('prompt', 'float32', ['N', 'F', mels]))
  const everywhere = g.op('Expand', [
    g.op('Unsqueeze', [speaker, g.int64([1])]),
    g.op('Shape', [prompt], {}, { dtype: 'int64' }),
  ])
  return { prompt, everywhere }
}
