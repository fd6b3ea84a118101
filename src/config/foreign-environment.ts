/**
 * Environment variables that begin with `LIGHT_TTS_` and are no settings.
 *
 * Kubernetes, and Docker's links, describe every Service of a namespace to a pod by variables of the Service's own name:
 * one called `light-tts-nodes` gives `LIGHT_TTS_NODES_SERVICE_HOST` and `LIGHT_TTS_NODES_PORT=tcp://10.0.0.1:8080`.
 * See "Accessing the Service" in the Kubernetes documentation.
 */

/** Other parts of the product: clients and their keys, tests, the voice's training, the release switch of offline commands. */
const OWN_PARTS =
  /^LIGHT_TTS_((CLIENT|TEST|INTERNAL)_|VOICE_(WORK|PYTHON|SCALE|SAVE_EVERY|POLL)$|(API_)?KEY$|ORT_RELEASE$)/
const SERVICE_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//

export function isForeignVariable(name: string, value: string): boolean {
  return (
    OWN_PARTS.test(name) || SERVICE_NAME.test(name) || (name.endsWith('_PORT') && SERVICE_ADDRESS.test(value))
  )
}
