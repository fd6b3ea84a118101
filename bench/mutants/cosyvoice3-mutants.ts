/** Faults in what CosyVoice3 does otherwise than CosyVoice2: each is a trap between the two families. */
import { inBuild, type Mutant, type MutantArea } from './mutant.ts'

const inFamily = (file: string, ...pairs: readonly (readonly [from: string, to: string])[]): Mutant[] =>
  inBuild(`src/families/cosyvoice3/${file}`, ...pairs)

export const COSYVOICE3_AREAS: readonly MutantArea[] = [
  {
    name: 'cosyvoice3 flow',
    tests: ['families/cosyvoice3/flow-graphs.test', 'families/cosyvoice3/solve.test'],
    mutants: [
      ...inFamily(
        'dit-estimator',
        ["{ approximate: 'tanh' }", '{}'],
        ['const [scale, shift] = vectors', 'const [shift, scale] = vectors'],
        ['const [shift, scale, gate, ffShift', 'const [scale, shift, gate, ffShift'],
        ["[part('to_q', true), part('to_k', true)", "[part('to_q', false), part('to_k', false)"],
        ['const NORM_EPS = 1e-6', 'const NORM_EPS = 1e-3'],
      ),
      ...inFamily('dit-position', [
        "positionConv(author, hyper, 'conv1'",
        "positionConv(author, hyper, 'conv2'",
      ]),
      ...inFamily(
        'rotary',
        ['? 2 * i : 2 *', '? i : 2 *'],
        [
          "[g.op('Mul', [odd, cos]), g.op('Mul', [even, sin])]",
          "[g.op('Mul', [odd, cos]), g.op('Mul', [even, cos])]",
        ],
      ),
      ...inFamily('ada-norm', ['[BLOCK_VECTORS]: [1, 4]', '[BLOCK_VECTORS]: [1]']),
      ...inFamily('dit-encoder', ['[prompt, mu, everywhere]', '[mu, prompt, everywhere]']),
    ],
  },
  {
    name: 'cosyvoice3 vocoder',
    tests: [
      'families/cosyvoice3/vocoder-graphs.test',
      'families/cosyvoice3/other-dimensions.test',
      'engine/causal-vocoder.test',
      'engine/staircase-source.test',
      'engine/uniform-noise.test',
    ],
    mutants: [
      ...inFamily(
        'causal-generator',
        ['const LAST_SLOPE = 0.01', 'const LAST_SLOPE = 0.1'],
        ['slice(1, 2)', 'slice(0, 1)'],
        ['[(kernel - 1) * dilation, kernel - 1]', '[kernel - 1, kernel - 1]'],
      ),
      ...inFamily(
        'noise-draw',
        ['(flow.spkDim + 1)', 'flow.spkDim'],
        ['+ hift.harmonics + 1', '+ hift.harmonics'],
      ),
      ...inBuild(
        'src/engine/vocoder/staircase-source',
        ['voiced ? voicedNoise : amplitude / 3', 'voiced ? voicedNoise : amplitude'],
        ['step * frameSamples) % 1', 'step) % 1'],
      ),
      ...inBuild('src/engine/vocoder/uniform-noise', ['0xffffff;', '0x7fffff;']),
    ],
  },
  {
    name: 'cosyvoice3 rules',
    tests: [
      'speech/spoken-style.test',
      'text/marks.test',
      'families/cosyvoice3/llm-rules.test',
      'families/cosyvoice3/convert.test',
      'families/cosyvoice3/hostile-checkpoint.test',
    ],
    mutants: [
      ...inFamily(
        'family',
        ['const FILL = 3', 'const FILL = 2'],
        ['const LONGEST_SILENCE = 5', 'const LONGEST_SILENCE = 6'],
        ['barred: reserved', 'barred: [speechTokenSize]'],
        ["lead: 'You are a helpful assistant.'", "lead: ''"],
      ),
      ...inFamily('llm-parameters', ['if (weights.has(key))', 'if (false)']),
      ...inBuild(
        'src/speech/spoken-style',
        ["mode === 'cross_lingual' ||", 'false ||'],
        ['[textInstruction, prompted.instruction', '[prompted.instruction'],
      ),
      ...inBuild('src/text/characters', ["namedKeys(text.normalize('NFC'))", 'namedKeys(text)']),
    ],
  },
]
