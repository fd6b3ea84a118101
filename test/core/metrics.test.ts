import assert from 'node:assert/strict'
import test from 'node:test'
import { createMetrics } from '../../src/core/metrics.ts'

/** Names that the API document fixes; everything else obeys Prometheus' rules. */
const DOCUMENTED = new Set([
  'lightllm_request_count',
  'lightllm_request_success',
  'lightllm_request_failure',
  'lightllm_request_latency',
])

test('the documented metrics are there, with the documented types', async () => {
  const text = await createMetrics().registry.metrics()
  assert.match(text, /# TYPE lightllm_request_count counter\nlightllm_request_count 0\n/)
  assert.match(text, /# TYPE lightllm_request_failure counter/)
  assert.match(text, /# TYPE lightllm_request_success counter/)
  assert.match(text, /# TYPE lightllm_request_latency histogram/)
})

test('every other name passes what promtool checks', async () => {
  const text = await createMetrics().registry.metrics()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1]!, match[2]!] as const)
  assert.ok(types.length > 25)
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map((match) => [match[1]!, match[2]!]))
  for (const [name, type] of types) {
    assert.ok((helps.get(name) ?? '').length > 0, `${name} has a help text`)
    if (DOCUMENTED.has(name)) continue
    assert.match(name, /^[a-z][a-z0-9_]*$/, `${name} is lower case`)
    assert.equal(name.endsWith('_total'), type === 'counter', `${name}: counters and only they end in _total`)
    assert.ok(!/_(count|sum|bucket)$/.test(name), `${name} does not end like a part of a histogram`)
    assert.ok(!new RegExp(`_${type}(_|$)`).test(name), `${name} does not repeat its type`)
    assert.ok(
      !/_(ms|milliseconds|minutes|hours|kb|mb|percent|kilobytes)(_|$)/.test(name),
      `${name} is in base units`,
    )
  }
})

test('each set of metrics is its own', async () => {
  const a = createMetrics()
  const b = createMetrics()
  a.requestCount.inc()
  assert.match(await b.registry.metrics(), /\nlightllm_request_count 0\n/)
})
