/** Every unit that may stand before a thing has its words, alone and in front of one. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'

const UNITS =
  'km cm mm kg mg mcg ml mL dL lb lb. lbs lbs. oz oz. ft ft. yd yd. mi kB KB MB GB TB Mbps Gbps Hz kHz MHz GHz kW kWh Wh MW W V kV Ω L sec sec. min min. mins hr hr. hrs mph px acre mAh gal gal. t g m h s in. ft-lb ly'.split(
    ' ',
  )

it('a unit never makes a text fail, with a blank, a hyphen, nothing or a thing beside it', () => {
  for (const unit of UNITS)
    for (const joint of ['', ' ', '-'])
      for (const rest of ['', ' lot', ' bag of it', ', and', '.', ' x 2', '/day'])
        for (const lead of ['a 5', 'two 2.5', '1', '3 1/2 of 7']) {
          const text = `${lead}${joint}${unit}${rest}`
          const said = speakable(text, { countTokens: (part) => part.length / 4 }).text
          assert.doesNotMatch(said, /\d|undefined/, text)
        }
})
