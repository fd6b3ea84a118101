/**
 * Small faults to put into the graph builders, and the tests that have to notice them. None is equivalent: with each of
 * them some checkpoint would be computed wrongly.
 */

import { COSYVOICE3_AREAS } from './cosyvoice3-mutants.ts'
import { HOUSE_AREAS } from './house-mutants.ts'
import { LANE_AREAS } from './lane-mutants.ts'
import { inBuild, type Mutant, type MutantArea } from './mutant.ts'

const inFile = (file: string, ...pairs: readonly (readonly [from: string, to: string])[]): Mutant[] =>
  inBuild(`src/convert/${file}`, ...pairs)

export const AREAS: readonly MutantArea[] = [
  {
    name: 'llm',
    tests: [
      'convert/models/speech-lm.test',
      'convert/models/speech-lm-other-dims.test',
      'convert/layers/projection.test',
    ],
    mutants: [
      ...inFile(
        'models/speech-lm',
        ['rotary_interleaved: 0', 'rotary_interleaved: 1'],
        ['(-i / half)', '(-i / (half + 1))'],
        ['[hidden, g.int64(-1)]', '[hidden, g.int64(0)]'],
        ['alpha: float(1)', 'alpha: float(1.702)'],
        ['task: sos + 1', 'task: sos'],
        ['const [gate, up] =', 'const [up, gate] ='],
        ['Math.sqrt(headDim)', 'Math.sqrt(head.padded)'],
        ['epsilon: float(hyper.rmsEps)', 'epsilon: float(hyper.rmsEps * 1000)'],
        [
          "['k_proj', kvHeads * headDim],\n        ['v_proj', kvHeads * headDim],",
          "['v_proj', kvHeads * headDim],\n        ['k_proj', kvHeads * headDim],",
        ],
      ),
      ...inFile('layers/padded-heads', ['padded / 2 + within - half', 'within']),
      ...inFile(
        'layers/projection',
        ['Math.round(values[i] / scale) + middle', 'Math.floor(values[i] / scale) + middle'],
        ['levels[2 * i] | (levels[2 * i + 1] << 4)', 'levels[2 * i + 1] | (levels[2 * i] << 4)'],
        ['extreme / -middle', 'extreme / middle'],
      ),
    ],
  },
  {
    name: 'flow encoder',
    tests: ['convert/models/flow-encoder.test', 'convert/layers/conformer.test', 'engine/flow-runner.test'],
    mutants: [
      ...inFile(
        'models/flow-encoder',
        ['Math.floor((phase + tap) / stride)', 'Math.min(2, Math.ceil((phase + tap) / stride))'],
        ['[mu, everywhere, prompt]', '[mu, prompt, everywhere]'],
      ),
      ...inFile('layers/guide-inputs', ['{ axis: -1, p: 2 }', '{ axis: -1, p: 1 }']),
      ...inFile(
        'layers/look-ahead',
        ['const LEAK = 0.01', 'const LEAK = 0.02'],
        ["'Less', [position", "'LessOrEqual', [position"],
      ),
      ...inFile(
        'layers/conformer',
        ['const BLOCK_NORM_EPS = 1e-12', 'const BLOCK_NORM_EPS = 1e-5'],
        ['const OUTER_NORM_EPS = 1e-5', 'const OUTER_NORM_EPS = 1e-12'],
        ['Math.sqrt(width)', 'Math.sqrt(width + 1)'],
        ['alpha: float(1)', 'alpha: float(1.01)'],
      ),
      ...inFile(
        'layers/relative-attention',
        ['1 / Math.sqrt(size)', '1 / Math.sqrt(size + 1)'],
        ['Math.log(10_000)', 'Math.log(9_000)'],
        ['value - us[i]', 'value'],
        ["['Sin', 'Cos']", "['Cos', 'Sin']"],
        ['value + extra[i]', 'value'],
      ),
    ],
  },
  {
    name: 'estimator',
    tests: [
      'convert/models/flow-estimator.test',
      'convert/layers/time-embedding.test',
      'engine/flow-runner.test',
    ],
    mutants: [
      ...inFile(
        'models/flow-estimator',
        ['(1 + rate) * matrix[i]', 'rate * matrix[i]'],
        ['-rate * matrix[i]', 'rate * matrix[i]'],
        ['[x, skip]', '[skip, x]'],
      ),
      ...inFile(
        'layers/unet',
        ['const NORM_EPS = 1e-5', 'const NORM_EPS = 1e-4'],
        ['beta: float(0.5)', 'beta: float(0.499)'],
        ['(value) => -value', '(value) => value'],
      ),
      ...inBuild('src/core/flow-solver', ['linear * 0.5', 'linear * 0.49']),
      ...inFile(
        'layers/time-embedding',
        ['fround(1000 * t)', 'fround(999 * t)'],
        ['-Math.log(10_000) / (half - 1)', '-Math.log(10_000) / half'],
        ['x * Math.tanh(softplus(x))', 'x / (1 + Math.exp(-x))'],
      ),
    ],
  },
  {
    name: 'hift',
    tests: [
      'convert/models/hift.test',
      'convert/layers/fourier.test',
      'convert/layers/convolution.test',
      'convert/layers/kernel.test',
      'convert/layers/snake-block.test',
      'engine/steady-hops.test',
    ],
    mutants: [
      ...inFile(
        'models/hift-generator',
        ['const LAST_SLOPE = 0.01', 'const LAST_SLOPE = 0.02'],
        ['g.float32(-hyper.audioLimit)', 'g.float32(-2 * hyper.audioLimit)'],
        [', g.float32(hyper.audioLimit)', ', g.float32(2 * hyper.audioLimit)'],
        ['float(hyper.lreluSlope)', 'float(0.2)'],
        [": slice(g, fresh, g.int64([1]), g.op('Add'", ": slice(g, fresh, g.int64([0]), g.op('Add'"],
      ),
      ...inFile(
        'layers/polar-spectrum',
        ['const LARGEST_MAGNITUDE = 100', 'const LARGEST_MAGNITUDE = 10'],
        ["const angle = g.op('Sin', [x])", "const angle = g.op('Identity', [x])"],
      ),
      ...inFile(
        'layers/phases',
        ['reach - 1 - Math.floor(tap / stride)', 'Math.floor(tap / stride)'],
        ['(tap % stride)', '((tap + 1) % stride)'],
      ),
      ...inFile(
        'layers/steady',
        ['terms <= LONGEST_SUM', 'true'],
        ['PACKET - 1,', '0,'],
        ['row * columns * taps, (row', '0, (row'],
      ),
      ...inFile('layers/elu', ["g.op('Elu'", "g.op('Selu'"]),
      ...inFile('models/hift-f0', ["g.op('Abs'", "g.op('Relu'"]),
      ...inFile(
        'layers/fourier',
        [
          '0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length)',
          '0.54 - 0.46 * Math.cos((2 * Math.PI * n) / length)',
        ],
        ['bin === bins - 1 ? 1 : 2', 'bin === bins - 1 ? 2 : 2'],
        ['weight ** 2', 'weight'],
      ),
      ...inFile(
        'layers/snake-block',
        ["g.op('Mul', [sine, sine])", "g.op('Abs', [sine])"],
        ['float32: 1e-6', 'float32: 1e-1'],
        ['rows: second,', 'rows: 1,'],
      ),
      ...inFile('layers/convolution', ['(dilation * (taps - 1)) / 2', '(taps - 1) / 2']),
      ...inFile('layers/kernel', ['wanted / Math.sqrt(squares)', 'wanted / squares']),
    ],
  },
  {
    name: 'features',
    tests: ['engine/feature-runner.test', 'convert/models/features.test'],
    mutants: [
      ...inFile(
        'models/features',
        ['floor: 1e-10, range: 8', 'floor: 1e-10, range: 7'],
        ['floor: 1e-10, range: 8', 'floor: 1e-8, range: 8'],
        ['preEmphasis: 0.97', 'preEmphasis: 0.96'],
        ['poveyPower: 0.85', 'poveyPower: 0.8'],
        ['fMin: 20', 'fMin: 0'],
        ['floor: 1.1920928955078125e-7', 'floor: 1e-9'],
        ['powerFloor: 1e-9', 'powerFloor: 1e-7'],
        ['powerFloor: 1e-9, floor: 1e-5', 'powerFloor: 1e-9, floor: 1e-6'],
        ['(nFft - hop) / 2', 'nFft / 2'],
      ),
      ...inFile(
        'layers/mel-filters',
        ['Math.log(6.4) / 27', 'Math.log(6.3) / 27'],
        ['const LINEAR_HZ = 200 / 3', 'const LINEAR_HZ = 65'],
        ['2 / (right - left)', '1 / (right - left)'],
        ['hz / 700', 'hz / 690'],
      ),
    ],
  },
  ...COSYVOICE3_AREAS,
  ...HOUSE_AREAS,
  ...LANE_AREAS,
]
