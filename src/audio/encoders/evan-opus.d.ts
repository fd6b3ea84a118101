/**
 * Types of the only part of @evan/opus that we use. Its main entry loads a native binary that crashes in worker
 * threads; this WebAssembly build does not.
 */
declare module '@evan/opus/wasm/index.mjs' {
  export class Encoder {
    constructor(options: {
      readonly channels: 1 | 2
      readonly sample_rate: 8000 | 12000 | 16000 | 24000 | 48000
      readonly application: 'voip' | 'audio' | 'restricted_lowdelay'
    })
    /** Reads a setting (without `value`) or writes one; numbers as in libopus. */
    ctl(request: number, value?: number): number
    /** One frame of 16-bit samples → one packet, a copy. */
    encode(frame: ArrayBufferView): Uint8Array
    /** Frees the encoder's memory now rather than at some collection. */
    drop(): void
  }
}
