/** ONNX Runtime's version, without loading its library. */
import { createRequire } from 'node:module'

export function ortVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
  return version
}
