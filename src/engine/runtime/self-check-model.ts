/**
 * The smallest model: `y = x + x`, float32 [4]. Stored as bytes because the engine does not know the graph builder;
 * `test/engine/runtime.test.ts` proves that the builder makes exactly these.
 */
export const SELF_CHECK_MODEL: Uint8Array = Buffer.from(
  'CAoSCWxpZ2h0LXR0czpGChYKAXgKAXgSAXkaBC9BZGQiA0FkZDoAEgpzZWxmLWNoZWNrWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQGA==',
  'base64',
)
