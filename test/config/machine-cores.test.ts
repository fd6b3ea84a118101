import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { it } from 'node:test'
import { coreQuota, machineCores } from '../../src/config/machine-cores.ts'

const quotaOf = (files: Readonly<Record<string, string>>) => coreQuota((path) => files[path])
const V1 = '/sys/fs/cgroup/cpu'

it('the least quota of a group and its parents counts, of cgroup 1 and 2', () => {
  const group2 = { '/proc/self/cgroup': '0::/pod/box\n' }
  assert.equal(quotaOf({ ...group2, '/sys/fs/cgroup/pod/box/cpu.max': '150000 100000\n' }), 1.5)
  assert.equal(
    quotaOf({
      ...group2,
      '/sys/fs/cgroup/pod/box/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/pod/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/cpu.max': '300000 100000\n',
    }),
    3,
  )
  const group1 = { '/proc/self/cgroup': '5:memory:/box\n4:cpu,cpuacct:/docker/box\n0::/\n' }
  const share = (folder: string, quota: number) => ({
    [`${folder}/cpu.cfs_quota_us`]: `${quota}\n`,
    [`${folder}/cpu.cfs_period_us`]: '50000\n',
  })
  assert.equal(quotaOf({ ...group1, ...share(`${V1}/docker/box`, 200_000) }), 4)
  // Inside a container only the mount shows the group.
  assert.equal(quotaOf({ ...group1, ...share(V1, 25_000) }), 0.5)
})

it('no quota, and no control groups, bound nothing', () => {
  const none = { [`${V1}/cpu.cfs_quota_us`]: '-1\n', [`${V1}/cpu.cfs_period_us`]: '100000\n' }
  assert.equal(quotaOf({ '/proc/self/cgroup': '1:cpu:/\n', ...none }), Number.POSITIVE_INFINITY)
  assert.equal(
    quotaOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }),
    Number.POSITIVE_INFINITY,
  )
  assert.equal(quotaOf({}), Number.POSITIVE_INFINITY)
  assert.equal(quotaOf({ '/proc/self/cgroup': 'nonsense' }), Number.POSITIVE_INFINITY)
})

it('this machine has a whole number of cores, no more than its affinity', () => {
  const cores = machineCores()
  assert(Number.isInteger(cores) && cores >= 1 && cores <= availableParallelism())
})
