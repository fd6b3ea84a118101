/**
 * Some packages hold native libraries for every system: uWebSockets.js's for every Node too, onnxruntime-node's for five
 * systems. Keeps those that this Node would load, of the first uWebSockets.js that loads, and removes the others: 200 MB
 * become 7, 290 become 45. Run after an install, in images too; the folder of packages may be named.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = process.argv[2] ?? join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules')
const require = createRequire(import.meta.url)
const own = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`
let isFound = false

for (const name of ['@btc-vision/uwebsockets.js', '@rjweb/uws']) {
  const folder = join(modules, name)
  if (!existsSync(folder)) continue
  const isKept = !isFound && loads(join(folder, own))
  isFound ||= isKept
  for (const file of readdirSync(folder)) {
    if (/^uws_.*\.node$/.test(file) && !(isKept && file === own)) rmSync(join(folder, file))
  }
}

const runtimes = join(modules, 'onnxruntime-node/bin/napi-v6')
if (existsSync(join(runtimes, process.platform, process.arch))) {
  for (const system of readdirSync(runtimes)) {
    for (const arch of readdirSync(join(runtimes, system))) {
      const isKept = system === process.platform && arch === process.arch
      if (!isKept) rmSync(join(runtimes, system, arch), { recursive: true })
    }
  }
}

function loads(file) {
  try {
    require(file)
    return true
  } catch {
    return false
  }
}
