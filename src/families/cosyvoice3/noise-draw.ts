/**
 * Where the reference's generator stands when it draws the vocoder's noise table, which no file holds.
 *
 * The flow's solver seeds the generator and draws its own noise. Then come the initial weights of what is made between
 * the two. Those are the flow's token table and speaker layer, the whole F0 predictor, the start phases. The order is
 * the reference's (flow before vocoder, arguments before what they are given to). Released dimensions: draw 5,052,970.
 */
import type { CausalHiftParameters, DitFlowParameters } from '../../core/hyper-parameters.ts'
import { F0_KERNEL, F0_LAYERS } from './causal-f0.ts'

/** Normal values of the solver's own table: 80 bands of 300 seconds, whatever the model's. */
const SOLVER_NOISE = 80 * 50 * 300
/** A table of normal values is drawn in blocks of so many; the last block of an uneven one is drawn again. */
const NORMAL_BLOCK = 16

type FlowNumbers = Pick<DitFlowParameters, 'vocab' | 'mel' | 'spkDim'>
type VocoderNumbers = Pick<CausalHiftParameters, 'mel' | 'f0Channels' | 'f0LookRight' | 'harmonics'>

/** Draws of 32 bits before the table's first. */
export function noiseDraw(flow: FlowNumbers, hift: VocoderNumbers): number {
  const tokens = normalDraws(flow.vocab * flow.mel)
  const speaker = flow.mel * (flow.spkDim + 1)
  const { f0Channels: channels } = hift
  const first = channels * (hift.mel * (hift.f0LookRight + 1) + 1)
  const others = (F0_LAYERS - 1) * channels * (channels * F0_KERNEL + 1)
  const f0 = first + others + channels + 1
  return normalDraws(SOLVER_NOISE) + tokens + speaker + f0 + hift.harmonics + 1
}

function normalDraws(count: number): number {
  return count % NORMAL_BLOCK === 0 ? count : count + NORMAL_BLOCK
}
