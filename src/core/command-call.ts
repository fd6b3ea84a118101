/** How the running command was called, as `light-tts.mjs` says it to its child: for usage lines. Else its bare name. */
export function commandCall(name: string): string {
  return process.env['COMMAND_CALL'] ?? name
}
