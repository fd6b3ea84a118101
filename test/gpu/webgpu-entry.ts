/** Families and their bundles in single precision by turns → lines as JSON. */
import { webgpu } from './webgpu.ts'

const args = process.argv.slice(2)
for (let i = 0; i < args.length; i += 2)
  for await (const line of webgpu(args[i + 1]!, args[i]!)) console.log(JSON.stringify(line))
