/** What systemd hears of a server: ready, alive, stopping. Without a listener nothing happens. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { serviceManager } from '../../src/commands/service-manager.ts'
import { listenForNews } from '../helpers/notify-socket.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { until } from '../helpers/until.ts'

const skip = process.platform === 'linux' ? false : 'systemd is on Linux alone'

it('a manager by path and by abstract name hears of readiness, of each turn and of the end', {
  skip,
}, async (t) => {
  for (const address of [join(testFolder(t), 'notify'), `@light-tts-test-${process.pid}`]) {
    const socket = listenForNews(t, address)
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '20000' }
    // Its watchdog goes on after the test, without a listener.
    const manager = serviceManager(env, () => {})
    assert.deepEqual(socket.told(), [], 'nothing before it takes work')
    manager.ready()
    await until(() => socket.told().filter((line) => line === 'WATCHDOG=1').length >= 3, 'three turns')
    assert.equal(socket.told()[0], 'READY=1')
    manager.stopping()
    assert(socket.told().includes('STOPPING=1'))
  }
})

it('without a watchdog only the two moments are told', { skip }, (t) => {
  const address = join(testFolder(t), 'notify')
  const socket = listenForNews(t, address)
  const manager = serviceManager({ NOTIFY_SOCKET: address }, assert.fail)
  manager.ready()
  manager.stopping()
  assert.deepEqual(socket.told(), ['READY=1', 'STOPPING=1'])
})

it('without a manager, or with one that is gone, nothing happens but one line in the log', { skip }, (t) => {
  const lines: string[] = []
  for (const address of [undefined, '', 'relative', '@', join(testFolder(t), 'gone')]) {
    const env = address === undefined ? {} : { NOTIFY_SOCKET: address }
    const manager = serviceManager(env, (line) => lines.push(line))
    manager.ready()
    manager.stopping()
  }
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /takes nothing/)
})
