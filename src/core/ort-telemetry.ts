/**
 * ONNX Runtime's telemetry, switched off: it would write a device id and resolve a collector's address.
 *
 * The library reads the environment of the process when it loads. A worker's `process.env` is a copy that does not
 * reach it. So the main thread has to call this before it starts a thread that loads the library.
 */
export function forbidTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1'
}
