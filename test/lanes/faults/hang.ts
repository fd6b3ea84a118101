/** A process whose device hangs in a native call: ends with the code that says so. */
import { EXIT_DEVICE_HUNG, hardExit } from '../../../src/lanes/hard-exit.ts'
import { admit, HANG, open } from './faulty-device.ts'

const { device } = await open(undefined, { onHung: () => hardExit(EXIT_DEVICE_HUNG) })
admit(device, HANG)
// The watch alone keeps no process alive; a server's sockets do.
setInterval(() => {}, 1000)
