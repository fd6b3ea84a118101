/** Which devices a server runs on: `auto` is every CUDA card that works, else the CPU; and why. */
import { existsSync } from 'node:fs'
import type { CudaFolders } from '../core/cuda-folders.ts'
import { TtsError } from '../core/errors.ts'
import { GET_CUDA } from '../cuda/cuda-libraries.ts'
import { type Card, type CudaReport, workingCards } from '../cuda/cuda-report.ts'
import { reportOnCards } from './try-cards.ts'

/** What a driver of NVIDIA makes, also the one of Windows for Linux beside it. */
const SIGNS = ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg']

export interface ChosenDevices {
  readonly names: readonly string[]
  /** For the log. */
  readonly why: readonly string[]
  /** Those that are used. */
  readonly cards: readonly Card[]
}

export interface DeviceQuestions {
  readonly folders: CudaFolders
  /** What is there; asked once, and only where it can matter. */
  readonly report: () => Promise<CudaReport>
  /** Whether the machine has a card of NVIDIA at all. */
  readonly hasCard: boolean
}

export const questionsOf = (folders: CudaFolders): DeviceQuestions => ({
  folders,
  report: () => reportOnCards(folders),
  hasCard: SIGNS.some((path) => existsSync(path)),
})

/** Throws DEVICE_UNAVAILABLE where a card is asked for by number and what it needs is not there. */
export async function chooseDevices(
  asked: readonly string[],
  { folders, report, hasCard }: DeviceQuestions,
): Promise<ChosenDevices> {
  const wanted = asked.map((name) => name.trim())
  const numbered = wanted.filter((name) => name.startsWith('cuda:'))
  const isAuto = wanted.includes('auto')
  if (numbered.length === 0 && !(isAuto && hasCard)) return { names: wanted, why: [], cards: [] }
  if (numbered.length === 0 && !existsSync(folders.own))
    return {
      names: wanted,
      why: [`auto: the CPU, though there is an NVIDIA card; ${GET_CUDA} gets what it needs`],
      cards: [],
    }
  const found = await report()
  if (numbered.length > 0) {
    // What a card needs can be said at once; whether a model runs on it its lanes find out.
    const general = found.missing.filter((line) => !line.startsWith('card '))
    if (general.length > 0) throw new TtsError('DEVICE_UNAVAILABLE', numbered.join(','), general.join('; '))
  }
  const working = workingCards(found)
  const cards = working.map(({ index }) => `cuda:${index}`)
  const why = !isAuto
    ? []
    : cards.length > 0
      ? [`auto: ${working.map(({ index, name }) => `cuda:${index} (${name})`).join(', ')}`]
      : [`auto: the CPU, since no card works: ${found.missing.join('; ')}`]
  const failing = cards.length > 0 ? found.missing.filter((line) => line.startsWith('card ')) : []
  const names = wanted.flatMap((name) => (name === 'auto' && cards.length > 0 ? cards : [name]))
  const unique = [...new Set(names)]
  const used = found.driver.cards.filter(({ index }) => unique.includes(`cuda:${index}`))
  return { names: unique, why: [...why, ...failing], cards: used }
}
