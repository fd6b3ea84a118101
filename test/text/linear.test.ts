/** The work for a text grows with the text: 20,000 characters of every kind that once made it a square. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import { workOf } from '../helpers/work.ts'

const KINDS = [
  ...'--a |1/1/|00:00:01,000 --> |[00:12.34]|§1.|1 T. |H₂→|∫₀¹|1g/|（1±1）|03 08 |1½m|...1234 |2台'.split(
    '|',
  ),
  ...'a|你|<|&|[|*|_|`|\n|’|‘|"|\'|😀|é|.|，|—|=|$|(|)|\\|/|:|-|~|^|{|#|@|0|1|½|…|。|（|年|第|À\u0301'.split(
    '|',
  ),
  ...'a b,AB ,Dr. ,<b>,](,# ,- ,> ,\r\n,IV ,+1 ,1-,10^,@a,￥1,<!--,A.,A. ,a-,a.,1.,1:,1/,1 ,x/,/a,::,:a,==a,++a,[^'.split(
    ',',
  ),
  ...'<a b="|<a b|< |http://a|Mon-|Jan |May 1 |а a|аa|s’ |<?xml|<!DOCTYPE|a1|C2|0x|第1|（a|1、|<speak>|&lt;|\\(|$x'.split(
    '|',
  ),
  '|',
  ',111',
  ...'a1-,9-1-,A-1-,1 in x ,5! ,1kg/,Rs ,1°,(◕,<a>,RTX 1 ,1..,ab1c,万-,座1,1小时/,@你,Co.,II ,a\n\n,~~~\n,- a\n,1. a\n'.split(
    ',',
  ),
]
const [SHORT, LONG] = [5000, 20_000]
/** Two and a half times the work for twice the text, twice over; a square would be sixteen. */
const MOST = 6.25
/** Milliseconds of work too short to be compared. */
const LEAST_MS = 120
const TRIES = 4

function work(kind: string, length: number): number {
  const text = `x ${kind.repeat(Math.ceil(length / kind.length))}`
  return workOf(() => speakable(text, { countTokens: (part) => part.length / 4, fragment: true }))
}

it('four times the text is about four times the work, whatever is written', () => {
  for (const kind of KINDS) {
    work(kind, 500)
    let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    // The least disturbed of a few tries counts: the collector of garbage works beside them.
    for (let i = 0; i < TRIES && (i === 0 || long > Math.max(MOST * short, LEAST_MS)); i++) {
      short = Math.min(short, work(kind, SHORT))
      long = Math.min(long, work(kind, LONG))
    }
    assert(
      long <= Math.max(MOST * short, LEAST_MS),
      `${JSON.stringify(kind)}: ${short} ms of work for ${SHORT} characters, ${long} for ${LONG}`,
    )
  }
})
