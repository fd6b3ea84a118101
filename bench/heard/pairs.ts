/** Texts as people write them, each beside the same words in plain writing: what must be heard as well. Data. */

export interface HeardPair {
  readonly kind: string
  readonly text: string
  readonly plain: string
}

const of = (kind: string, ...pairs: readonly (readonly [text: string, plain: string])[]): HeardPair[] =>
  pairs.map(([text, plain]) => ({ kind, text, plain }))

/** English, for a voice that speaks it. */
export const PAIRS: readonly HeardPair[] = [
  ...of(
    'long sentences',
    [
      'On the first morning of our stay the wind came down from the hills, the boats stayed in the harbour, the children played between the nets, an old man sold warm bread from a cart, two dogs slept in the shade of a wall, and nobody in the whole village seemed to mind that the ferry, which was meant to bring the mail, the milk and a new door for the school, would not come before the evening of the following day.',
      'On the first morning of our stay the wind came down from the hills. The boats stayed in the harbour. The children played between the nets. An old man sold warm bread from a cart. Two dogs slept in the shade of a wall. And nobody in the whole village seemed to mind that the ferry, which was meant to bring the mail, the milk and a new door for the school, would not come before the evening of the following day.',
    ],
    [
      'we walked along the river and we talked about the summer and we stopped at the bridge and we looked at the water and we counted the boats and we waited for the rain and we turned back before dark',
      'We walked along the river. And we talked about the summer. And we stopped at the bridge. And we looked at the water. And we counted the boats. And we waited for the rain. And we turned back before dark.',
    ],
    [
      'please take the small table from the kitchen to the garden before the guests arrive because the big one is still wet from the rain of last night and there will not be enough room for all the plates and glasses that my sister has brought from her house in the city',
      'Please take the small table from the kitchen to the garden before the guests arrive. Because the big one is still wet from the rain of last night. And there will not be enough room for all the plates and glasses. That my sister has brought from her house in the city.',
    ],
  ),
  ...of(
    'emoji',
    ['Good morning 🌞 everyone', 'Good morning everyone.'],
    ['We won the game! 🏆🎉 Let us celebrate.', 'We won the game! Let us celebrate.'],
    ['☑️ The report is ready.', 'The report is ready.'],
    ['The family 👨‍👩‍👧 is at the lake 🇨🇭 today.', 'The family is at the lake today.'],
  ),
  ...of(
    'capitals',
    ['THE TRAIN LEAVES AT NOON.', 'The train leaves at noon.'],
    ['PLEASE CLOSE THE WINDOW BEFORE YOU GO.', 'Please close the window before you go.'],
    ['CLOSED', 'Closed.'],
  ),
  ...of(
    'marks',
    ['It’s late, and we’re tired.', "It's late, and we're tired."],
    ['The garden—the old one—is green.', 'The garden, the old one, is green.'],
    ['She said „wait here“ and left…', 'She said wait here and left.'],
    ['He wrote «the river is high» on the wall.', 'He wrote the river is high on the wall.'],
    ['They call it "the long road" here.', 'They call it the long road here.'],
    ['The kitchen (the small one) is cold.', 'The kitchen, the small one, is cold.'],
    ['The rain has stopped; we can go.', 'The rain has stopped, we can go.'],
    ['It is a well-known song.', 'It is a well known song.'],
  ),
  ...of(
    'forms of Unicode',
    ['𝐓𝐡𝐞 𝐝𝐨𝐨𝐫 𝐢𝐬 𝐨𝐩𝐞𝐧.', 'The door is open.'],
    ['The ﬁrst ﬂower of the year.', 'The first flower of the year.'],
    ['The win\u00adter was\u00a0long and\u2009cold.', 'The winter was long and cold.'],
  ),
  ...of(
    'Markdown',
    ['**Note:** the road is closed.', 'Note: the road is closed.'],
    [
      '# Plan\n\n- buy bread\n- call the doctor\n- water the garden',
      'Plan. Buy bread. Call the doctor. Water the garden.',
    ],
    ['Read [the old story](https://example.org/a?b=7) before noon.', 'Read the old story before noon.'],
    ['The _blue_ door has a `key` under the stone.', 'The blue door has a key under the stone.'],
  ),
  ...of(
    'markup',
    ['The <i>river</i> is <b>high</b> today.<br>', 'The river is high today.'],
    ['Salt &amp; pepper are on the table.', 'Salt and pepper are on the table.'],
    ['<speak>Good evening.<break time="400ms"/>The show begins.</speak>', 'Good evening. The show begins.'],
  ),
  ...of(
    'line ends',
    ['To buy:\napples\nrice\ncandles', 'To buy: apples. Rice. Candles.'],
    ['The first line.\r\nThe second line.', 'The first line. The second line.'],
  ),
  ...of(
    'numbers',
    ['It is 42 miles to the coast.', 'It is forty two miles to the coast.'],
    ['The shop is open 24/7.', 'The shop is open twenty four seven.'],
    ['Add 1½ cups of milk.', 'Add one and a half cups of milk.'],
    ['There were 10–20 people in the hall.', 'There were ten to twenty people in the hall.'],
    ['It is −5 degrees outside.', 'It is minus five degrees outside.'],
    ['She came 3rd in the race.', 'She came third in the race.'],
    ['The house was built in the 1990s.', 'The house was built in the nineteen nineties.'],
  ),
  ...of(
    'money',
    ['The ticket costs $5.99.', 'The ticket costs five dollars and ninety nine cents.'],
    ['He paid €20 for the book.', 'He paid twenty euros for the book.'],
    ['They sold it for $2.5M.', 'They sold it for two point five million dollars.'],
  ),
  ...of(
    'abbreviations',
    ['Dr. Lee lives on Main St.', 'Doctor Lee lives on main street.'],
    ['Bring fruit, e.g. apples.', 'Bring fruit, for example apples.'],
    ['King Henry VIII had a garden.', 'King Henry the eighth had a garden.'],
    ['It is approx. 5 km to the lake.', 'It is approximately five kilometres to the lake.'],
  ),
]
