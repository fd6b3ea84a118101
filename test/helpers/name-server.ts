/** A name server of a test, on loopback: every name is 127.0.0.1, or it says nothing at all. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

const TYPE_A = 1
/** A response without an error, recursion available; one question. */
const FLAGS = 0x8180
/** The name of the question; type A, class IN, forgotten after a second; four bytes. */
const ANSWER = [0xc0, 0x0c, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]

export interface NameServer {
  isSilent: boolean
  /** Types of the questions so far: 1 for IPv4, 28 for IPv6, 12 for the name of an address. */
  readonly asked: readonly number[]
}

export async function startNameServer(t: TestContext, address: string): Promise<NameServer> {
  const socket = createSocket('udp4')
  const state = { isSilent: false, asked: [] as number[] }
  socket.on('message', (question, peer) => {
    const end = question.indexOf(0, 12) + 5
    const type = question.readUInt16BE(end - 4)
    state.asked.push(type)
    if (state.isSilent) return
    const isA = type === TYPE_A
    const answer = Buffer.concat([question.subarray(0, end), Buffer.from(isA ? ANSWER : [])])
    answer.writeUInt16BE(FLAGS, 2)
    for (const [place, count] of [1, isA ? 1 : 0, 0, 0].entries()) answer.writeUInt16BE(count, 4 + 2 * place)
    socket.send(answer, peer.port, peer.address)
  })
  socket.bind(53, address)
  await once(socket, 'listening')
  t.after(() => socket.close())
  return state
}
