/** What the steps of a proof share: the device, the models that they run, where these lie. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OfflineDevice, openOffline } from '../../src/commands/offline-device.ts'
import { convert } from '../../src/convert/convert.ts'
import { type Bundle, readBundle } from '../../src/core/bundle.ts'
import { askDriver } from '../../src/cuda/driver.ts'
import type { CardFacts } from '../cards/card-estimate.ts'
import { cardCalled, type Family } from './bars.ts'
import type { Line } from './lines.ts'

export type ProofSize = 'tiny' | 'real'
export type ProofType = 'fp16' | 'fp32'

/** Family → its reference set: a small checkpoint and what the reference computes from it. */
export const REFERENCES: Readonly<Record<Family, string>> = {
  cosyvoice2: 'test/golden/tiny-a',
  cosyvoice3: 'test/golden/tiny-c',
}

export interface ProofOptions {
  /** `cpu`, or `cuda:N`. */
  readonly device: string
  /** Results, and models made for the proof. */
  readonly folder: string
  /** Of models that are timed. */
  readonly size: ProofSize
  readonly family: Family
  /** Of the server: NAME=FOLDER; the embedded voice where not given. */
  readonly model: string | undefined
}

/** One step: prints nothing itself, gives line after line. */
export interface Step {
  readonly name: string
  readonly what: string
  /** Seconds that it may take at real size. */
  readonly budget: number
  readonly run: (proof: Proof) => AsyncGenerator<Line>
}

const THREADS = 2

export class Proof {
  readonly options: ProofOptions
  #offline: Promise<OfflineDevice> | undefined

  constructor(options: ProofOptions) {
    this.options = options
  }

  get isCpu(): boolean {
    return this.options.device === 'cpu'
  }

  get isTiny(): boolean {
    return this.options.size === 'tiny'
  }

  /** Those whose graphs are compared: both, unless all is small. */
  get families(): readonly Family[] {
    return this.isTiny ? [this.options.family] : ['cosyvoice2', 'cosyvoice3']
  }

  /** Throws DEVICE_UNAVAILABLE. */
  open(): Promise<OfflineDevice> {
    this.#offline ??= openOffline(this.options.device, THREADS)
    return this.#offline
  }

  /** What is stated of the card; undefined for one that is not known here, and for a CPU. */
  get card(): CardFacts | undefined {
    if (this.isCpu) return undefined
    const index = Number(this.options.device.split(':')[1])
    const name = askDriver().cards.find((card) => card.index === index)?.name
    return name === undefined ? undefined : cardCalled(name)
  }

  /** The reference set's bundle, converted once a folder. */
  async bundle(family: Family, dtype: ProofType): Promise<Bundle> {
    const folder = join(this.options.folder, 'bundles', `${family}-${dtype}`)
    const known = await readBundle(folder).catch(() => undefined)
    if (known !== undefined) return known
    await mkdir(join(this.options.folder, 'bundles'), { recursive: true })
    await convert(rootPath(REFERENCES[family]), folder, { dtype })
    return readBundle(folder)
  }
}

/** Of a file of the installation, seen from `dist/bench/prove-gpu`. */
export const rootPath = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
