/** A container's health: 0 where the server is ready. The port is the configured one (`LIGHT_TTS_SERVER_PORT`, else 8080). */
const port = process.env.LIGHT_TTS_SERVER_PORT ?? '8080'
const answer = await fetch(`http://127.0.0.1:${port}/readiness`).catch(() => undefined)
process.exit(answer?.ok === true ? 0 : 1)
