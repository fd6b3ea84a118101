/**
 * npm runs this when light-tts is installed as a package, before the scripts of the packages in it.
 *
 * That of onnxruntime-node gets 300 MB of CUDA libraries from another feed; without that feed the installation fails.
 * `light-tts cuda` gets what cards need, for another CUDA. So the script is emptied, in this package's own folder.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const script = join(root, 'node_modules/onnxruntime-node/script/install.js')
// A checkout runs no install scripts at all.
if (!existsSync(join(root, 'src')) && existsSync(script)) {
  try {
    // The file may be shared with a store of packages.
    rmSync(script)
    writeFileSync(script, '// Emptied by light-tts: no GPU libraries are downloaded.\n')
  } catch (error) {
    console.warn(`light-tts: ${script} stays as it is: ${error.message}`)
  }
}
