/** How a machine's cores go to devices and lanes, by what stages cost. Pure. */
import type { CostModel, Machine } from '../cost/cost-model.ts'
import { estimatedRate } from './estimated-rate.ts'

export interface CoreSplit {
  readonly devices: number
  /** Of each device; it has an acoustic lane for each, and one LLM lane on top. */
  readonly cores: number
  /** Seconds of audio per second, all devices together. */
  readonly rate: number
}

/** Less than this more is not worth another device, whose lanes hold weights of their own. */
const WORTH = 1.05

export function machineOf(cost: CostModel, cores: number, acousticLanes = cores): Machine {
  return { cost, threads: cores, acousticLanes }
}

/**
 * An acoustic lane for each core, since a run gains little from a second thread. As few devices as make nearly the
 * most: another one where an LLM lane cannot feed more lanes. Devices are of one size.
 */
export function bestSplit(cost: CostModel, cores: number): CoreSplit {
  const splits: CoreSplit[] = []
  for (let devices = 1; devices <= cores; devices++) {
    // A lone core has no thread for the LLM lane, which the cost model would give it.
    if (cores % devices !== 0 || (devices > 1 && cores / devices < 2)) continue
    const each = cores / devices
    splits.push({ devices, cores: each, rate: devices * estimatedRate(machineOf(cost, each)) })
  }
  const most = Math.max(...splits.map(({ rate }) => rate))
  return splits.find(({ rate }) => rate * WORTH >= most)!
}
