/** A turn of the scheduler, a turn of each lane's policy, and one drawn token: what happens between model runs. */
import assert from 'node:assert/strict'
import type { MicroCase } from './micro-case.ts'

const scheduler: MicroCase = {
  name: 'scheduler-turn',
  what: '64 requests queued, placed on two devices of 32 slots',
  open: async (load) => {
    const { Scheduler } = await load<typeof import('../../src/scheduler/scheduler.ts')>(
      'src/scheduler/scheduler.ts',
    )
    const run = () => {
      const free = [32, 32]
      const started: number[] = []
      const devices = free.map((_, id) => ({
        id,
        view: () => ({
          id,
          healthy: true,
          freeSlots: free[id]!,
          backlogSeconds: 32 - free[id]!,
          audioSecondsPerSecond: 10,
          hasVoice: id === 0,
        }),
      }))
      const clock = { nowMs: () => 0, after: () => () => {} }
      const queue = new Scheduler(devices, { maxQueued: 100, batchBoundMs: 5000 }, clock)
      for (let i = 0; i < 64; i++) {
        queue.submit({
          priority: i % 4 === 0 ? 'batch' : 'stream',
          arrivedMs: i,
          askedMs: i,
          continues: false,
          timeoutMs: 60_000,
          voiceKey: 'voice',
          voiceSeconds: 3,
          expectedSeconds: 4,
          start: (device) => {
            free[device]!--
            started.push(device)
          },
          refuse: (error) => {
            throw error
          },
        })
      }
      return started
    }
    return {
      run,
      check: () => {
        const started = run()
        assert.equal(started.length, 64)
        assert.equal(started.filter((device) => device === 0).length, 32)
      },
    }
  },
}

const llmPolicy: MicroCase = {
  name: 'llm-policy',
  what: 'plan one turn over 64 rows, 8 of them newcomers',
  open: async (load) => {
    const { planLlmTurn } = await load<typeof import('../../src/scheduler/llm-policy.ts')>(
      'src/scheduler/llm-policy.ts',
    )
    const rows = Array.from({ length: 64 }, (_, id) => ({
      id,
      priority: 'stream' as const,
      arrivedMs: 1000 - id,
      prefillLeft: id % 8 === 0 ? 100 : 0,
      starved: false,
      leadTokens: (id * 37) % 64,
    }))
    const limits = {
      maxBatch: 16,
      prefillChunk: 64,
      prefillChunkIdle: 256,
      minLeadTokens: 32,
      maxLeadTokens: 150,
      batchBoundMs: 5000,
    }
    const run = () => planLlmTurn(rows, limits)
    return {
      run,
      check: () => {
        const plan = run()
        assert.deepEqual(plan.prefill, { id: 56, positions: 64 })
        const leads = rows.filter(({ prefillLeft }) => prefillLeft === 0).map(({ leadTokens }) => leadTokens)
        const least = leads.sort((a, b) => a - b).slice(0, 16)
        assert.deepEqual(
          plan.decode.map((id) => rows[id]!.leadTokens),
          least,
        )
      },
    }
  },
}

const acousticPolicy: MicroCase = {
  name: 'acoustic-policy',
  what: 'choose the next of 64 hops',
  open: async (load) => {
    const { nextHop } = await load<typeof import('../../src/scheduler/acoustic-policy.ts')>(
      'src/scheduler/acoustic-policy.ts',
    )
    const hops = Array.from({ length: 64 }, (_, id) => ({
      id,
      priority: 'stream' as const,
      arrivedMs: 0,
      firstAudioMs: 100,
      emittedMs: 1000 + ((id * 29) % 64) * 10,
      runnable: id % 2 === 1,
    }))
    const limits = { maxHopBlocks: 4, hopGrowthMs: 1000, batchBoundMs: 5000, acousticBatch: 1 }
    const run = () => nextHop(hops, limits)
    return {
      run,
      check: () => {
        const soonest = Math.min(...hops.filter(({ runnable }) => runnable).map(({ emittedMs }) => emittedMs))
        assert.equal(hops[run()]!.emittedMs, soonest)
      },
    }
  },
}

const sampler: MicroCase = {
  name: 'sampler',
  what: 'one token by repetition-aware sampling from 6564 logits',
  open: async (load) => {
    const { sampleRas } =
      await load<typeof import('../../src/engine/llm/sampler.ts')>('src/engine/llm/sampler.ts')
    const logits = Float32Array.from({ length: 6564 }, (_, i) => 6 * Math.sin(i * 12.9898) - 3)
    const likely = new Set([...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 25))
    const sampling = { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 }
    const scratch = new Float32Array(logits.length)
    let step = 0
    const run = () => {
      scratch.set(logits)
      return sampleRas(scratch, [], sampling, 7, step++)
    }
    return {
      run,
      check: () => {
        const drawn = new Set(Array.from({ length: 300 }, run))
        assert(drawn.size > 5, `only ${drawn.size} different tokens`)
        for (const token of drawn) assert(likely.has(token), `${token} is none of the 25 likeliest`)
        scratch.set(logits)
        const again = sampleRas(scratch, [], sampling, 7, 3)
        scratch.set(logits)
        assert.equal(sampleRas(scratch, [], sampling, 7, 3), again)
      },
    }
  },
}

export const POLICY_CASES: readonly MicroCase[] = [scheduler, llmPolicy, acousticPolicy, sampler]
