"""Everyday English sentences from frames and word classes, all written for this recipe.

No line of any test list was looked at while this was written; the held-out lists were written afterwards.
"""

import random

from . import spoken_numbers as spoken

PEOPLE = """my mother|my father|her brother|his sister|our neighbor|the teacher|the doctor|the driver|the manager
the nurse|the captain|my uncle|my aunt|the children|the students|the baker|the farmer|the gardener|a friend of mine|the guide
the mayor|the pilot|the judge|the singer|the painter|the waiter|the cook|the clerk|the engineer|the lawyer|the old man
the young woman|the little girl|the boy next door|my grandmother|my grandfather|my boss|the whole team|the visitors
the police officer|the writer|the scientist|the soldier|the tourist|the librarian|everyone|nobody|someone|Anna|Peter|Mary
John|Sarah|David|Emma|Michael|Laura|Robert|Helen|James|Lucy|Thomas|Alice|Daniel|Julia|George|Kate|Martin|Susan|Paul"""
PRONOUNS = "I|you|we|they|he|she|it"
OBJECTS = """the door|the window|the letter|a cup of tea|a glass of water|the keys|the newspaper|the blue car|an old bicycle
the kitchen table|the garden|the house|the report|the music|the radio|the phone|the computer|the picture|a new coat|the red dress
some bread|fresh milk|the cheese|an apple|two oranges|the soup|dinner|breakfast|lunch|the bill|the ticket|the map|the book|a pencil
the blanket|the lamp|a hammer|the ladder|the boat|the bridge|the fence|the gate|the horse|the dog|a black cat|the birds|the flowers
a big cake|the sugar|the salt|the butter|a bottle of juice|the medicine|the umbrella|the suitcase|my shoes|his hat|her gloves|the camera
the television|the program|the message|the question|the answer|the problem|the story|the song|the game|the plan|the room|the office
the roof|the wall|the floor|the box|the basket|the bag|the wallet|the money|the present|the photograph|the mirror|the clock|the chair
the engine|the machine|the screen|the button|the file|the password|the address|the number|the date|the page|the sentence|the word
the potatoes|the rice|the chicken|a sandwich|the salad|the vegetables|the fruit|the eggs|the coffee|the oven|the dishes|the laundry"""
PLACES = """at home|at school|at work|in the park|in the kitchen|near the river|by the sea|on the beach|at the station|at the airport
in the office|in the library|at the market|in the village|in the city|on the farm|behind the church|in front of the bank|across the street
under the bridge|at the corner|upstairs|downstairs|outside|in the garden|on the roof|at the hospital|in the hotel|at the restaurant
next to the museum|in the mountains|in the forest|around the lake|at the theater|in the classroom|on the train|on the bus|in the car
between the two houses|along the road|over the hill|in the north|in the south|in the east|in the west|downtown|abroad|in the shop"""
TIMES = """today|tomorrow|yesterday|this morning|this afternoon|this evening|tonight|last night|last week|next week|next month
every day|every morning|on Monday|on Tuesday|on Wednesday|on Thursday|on Friday|on Saturday|on Sunday|in the summer|in the winter
in the spring|in the autumn|before breakfast|after lunch|after dinner|at noon|at midnight|right now|soon|later|very early|too late
for a long time|a few minutes ago|two days ago|once a week|twice a year|all day|all night|at the weekend|during the holidays"""
VERBS_PAST = """found|lost|opened|closed|cleaned|washed|bought|sold|brought|carried|moved|painted|fixed|broke|repaired|built|used|needed
wanted|liked|loved|hated|remembered|forgot|saw|watched|heard|described|checked|changed|chose|counted|covered|drew|dropped|finished|started
gave away|handed over|hid|held|kept|left|lifted|looked at|made|measured|mentioned|missed|noticed|ordered|packed|paid for|picked up|pushed
pulled|put away|received|returned|sent|shared|showed|stole|studied|took|touched|turned|understood|wrote about|asked for|waited for|talked about
thought about|laughed at|listened to|pointed at|searched for|took care of|worked on|threw away|tried|tested|copied|collected|borrowed|burned"""
VERBS_BASE = """find|open|close|clean|wash|buy|sell|bring|carry|move|paint|fix|break|repair|build|use|see|watch|hear|describe|check|change
choose|count|cover|draw|drop|finish|start|give away|hide|hold|keep|leave|lift|look at|make|measure|mention|miss|notice|order|pack|pay for
pick up|push|pull|put away|receive|return|send|share|show|study|take|touch|turn|understand|write about|ask for|wait for|talk about|think about
listen to|point at|search for|take care of|work on|throw away|try|test|copy|collect|borrow|help with|join|forget|remember|explain|improve|save"""
ADJECTIVES = """good|bad|big|small|new|old|young|long|short|high|low|early|late|easy|hard|heavy|light|strong|weak|warm|cold|hot|cool|wet|dry
clean|dirty|full|empty|open|closed|rich|poor|happy|sad|angry|tired|hungry|thirsty|ready|busy|free|safe|dangerous|quiet|loud|bright|dark
beautiful|ugly|clear|simple|strange|famous|important|possible|impossible|interesting|boring|wonderful|terrible|expensive|cheap|fresh|soft
sweet|bitter|sharp|round|square|deep|wide|narrow|thick|thin|smooth|rough|fast|slow|careful|lucky|polite|honest|friendly|lonely|nervous
comfortable|useful|different|similar|special|common|perfect|broken|correct|wrong|true|false|real|certain|complete|modern|ancient|gentle|brave"""
ADVERBS = """quickly|slowly|carefully|quietly|loudly|happily|sadly|finally|suddenly|usually|often|sometimes|rarely|never|always|almost
probably|certainly|perhaps|already|still|again|together|alone|easily|hardly|nearly|really|simply|politely|immediately|recently|especially"""
WEATHER = "sunny|cloudy|rainy|windy|foggy|snowy|stormy|cold|warm|hot|freezing|mild|wet|dry|cool|humid|pleasant|gray"
FOODS = """apples|bananas|bread|butter|cheese|chicken|chocolate|coffee|cookies|corn|eggs|fish|garlic|grapes|honey|ice cream|jam|lemons
meat|milk|mushrooms|noodles|nuts|onions|oranges|pasta|peaches|pears|pepper|pizza|potatoes|rice|salad|salt|soup|strawberries|sugar|tea|tomatoes"""
TOPICS = """music|history|science|football|tennis|cooking|painting|traveling|reading|the weather|politics|business|nature|the economy|art
computers|medicine|education|the news|the future|the past|mathematics|language|sports|fashion|health|the environment|space|religion|law"""
CITIES = """London|Paris|New York|Chicago|Boston|Berlin|Rome|Madrid|Tokyo|Beijing|Shanghai|Toronto|Sydney|Dublin|Vienna|Moscow|Cairo
Seattle|Dallas|Denver|Houston|Miami|Oxford|Amsterdam|Lisbon|Athens|Prague|Hong Kong|San Francisco|Los Angeles"""
GREETINGS = """hello|hi|hi there|good morning|good afternoon|good evening|good night|goodbye|welcome|welcome back|thank you|thanks a lot
thank you very much|you are welcome|excuse me|I am sorry|no problem|of course|yes|no|yes please|no thank you|sure|all right|okay|well
see you soon|see you tomorrow|have a nice day|take care|congratulations|happy birthday|good luck|nice to meet you|how are you|I am fine
never mind|that's right|that's great|wait a moment|one moment please|come in|sit down please|be careful|hurry up|don't worry|let me see"""

FRAMES = """{person} {past} {object}
{person} {past} {object} {time}
{person} {past} {object} {place}
{person} {past} {object} {place} {time}
{time}, {person} {past} {object}
{person} wants to {base} {object}
I want to {base} {object} {time}
we need to {base} {object} before we {base} {object}
could you please {base} {object}
can you {base} {object} for me
please {base} {object} {place}
please do not {base} {object}
don't forget to {base} {object} {time}
I would like to {base} {object}, please
would you like to {base} {object} with us
do you know who {past} {object}
why did you {base} {object}
when will {person} {base} {object}
where can I {base} {object}
how do I {base} {object}
did {person} {base} {object} {time}
the {adj} {noun} is {place}
the {noun} was {adj} and {adj}
the {adj} {noun} {pastnoun}
this {noun} is more {adj} than that one
it is {adj} to {base} {object}
it was a {adj} {noun} and a {adj} {noun}
there is a {adj} {noun} {place}
there are {number} {nouns} {place}
there were only {small} {nouns} left
{person} is very {adj} {time}
{person} seemed {adj} when they {past} {object}
I think {person} {past} {object}
I don't think so, but {person} might know
he said that {person} {past} {object}
she told us that the {noun} was {adj}
if you {base} {object}, {person} will be {adj}
when {person} {past} {object}, it was {adj}
because it was {weather}, {person} stayed {place}
although it was {adj}, {person} {past} {object}
the weather {time} is {weather} and {weather}
it will be {weather} {time}, so take {object}
the temperature is {number} degrees {time}
the train to {city} leaves at {clock}
the meeting starts at {clock} {time}
the next flight to {city} is at {clock}
your appointment is on {date} at {clock}
my birthday is on {date}
it happened on {date}
the shop opens at {clock} and closes at {clock}
please call me at {digits}
the code is {digits}
you will find it in room {digits}
the total is {money}
it costs {money}, which is {adj}
the price went up from {money} to {money}
about {quantity} of {object}
it is {quantity} from here to {city}
the trip to {city} takes {quantity}
he ran {quantity} in {quantity}
we have {number} {nouns} and {number} {nouns}
chapter {small}, page {number}
number {number} is next
in {year}, {person} moved to {city}
the answer is {decimal}
{number} plus {number} is {number}
we bought {food}, {food}, and {food}
my favorite food is {food}
add some {food} and a little {food}, then stir {adverb}
do you prefer {food} or {food}
let's talk about {topic} and {topic}
{person} knows a lot about {topic}
I have always been interested in {topic}
are you going to {city} {time}
have you ever been to {city}
I live in {city}, but I work in {city}
we drove from {city} to {city} {time}
{greeting}
{greeting}, {greeting}
{greeting}, my name is {name}
{greeting}, how can I help you
{greeting}, can I {base} {object}
{person} {adverb} {past} {object}
{adverb}, {person} {past} {object}
turn left {place}, then turn right
go straight ahead for {quantity}, then turn {side} {place}
the {noun} on the {side} side is {adj}
what a {adj} {noun}
how {adj} it is {place}
who is that {adj} {noun}
what time is it in {city}
is the {noun} still {adj}
isn't it {adj} {time}
I can't {base} {object} {time}
we couldn't {base} {object} because the {noun} was {adj}
they have never {past} {object}
you should {base} {object} more often
you must not {base} {object} {place}
let's {base} {object} {time}
let us know if you {past} {object}
I'm sorry, but {person} is not here {time}
I'm going to {base} {object}
we're looking for a {adj} {noun}
she's the {ordinal} {noun} from the {side}
this is the {ordinal} time that {person} {past} {object}
on the {ordinal} floor there is a {adj} {noun}
one of the {nouns} was {adj}
all of the {nouns} are {place}
most {nouns} are {adj}, but some are {adj}
every {noun} needs a {noun}
a {noun} without a {noun} is like a {noun} without a {noun}
neither the {noun} nor the {noun} was {adj}
both the {noun} and the {noun} are {adj}
the {noun} of the {noun} is {adj}
{person} came {place} with a {noun} and {number} {nouns}
here is the {noun} you asked for
that {noun} belongs to {person}
press the {adj} button to {base} {object}
your {noun} has been sent to {person}
the {noun} will be ready in {quantity}
loading the {noun}, please wait
this message will be repeated in {quantity}
attention please, the {noun} at platform {small} is {adj}"""


def _options(block: str) -> list[str]:
    return [item for line in block.splitlines() for item in line.split("|")]


class EverydaySentences:
    """Draws sentences; `nouns` and `adjectives` are (common first) word lists from the dictionary."""

    def __init__(self, rng: random.Random, nouns: list[str], adjectives: list[str]):
        self.rng = rng
        self.frames = FRAMES.splitlines()
        self.nouns = nouns
        self.adjectives = adjectives
        self.lists = {"person": _options(PEOPLE), "object": _options(OBJECTS), "place": _options(PLACES),
                      "time": _options(TIMES), "past": _options(VERBS_PAST), "base": _options(VERBS_BASE),
                      "adverb": _options(ADVERBS), "weather": _options(WEATHER), "food": _options(FOODS),
                      "topic": _options(TOPICS), "city": _options(CITIES), "greeting": _options(GREETINGS),
                      "side": ["left", "right"], "name": [p for p in _options(PEOPLE) if p[0].isupper()]}
        self.everyday = _options(ADJECTIVES)

    def _common(self, words: list[str]) -> str:
        """Common words come more often: the square of a uniform draw picks the rank."""
        return words[int(len(words) * self.rng.random() ** 2)]

    def _fill(self, slot: str) -> str:
        rng = self.rng
        if slot in self.lists:
            if slot == "person" and rng.random() < 0.25:
                return rng.choice(PRONOUNS.split("|"))
            return rng.choice(self.lists[slot])
        if slot == "noun":
            return self._common(self.nouns)
        if slot == "nouns":
            return _plural(self._common(self.nouns))
        if slot == "adj":
            return rng.choice(self.everyday) if rng.random() < 0.6 else self._common(self.adjectives)
        if slot == "pastnoun":
            return f"{rng.choice(self.lists['past'])} {rng.choice(self.lists['object'])}"
        if slot == "number":
            return spoken.random_number(rng)
        if slot == "small":
            return spoken.cardinal(rng.randrange(1, 21))
        if slot == "ordinal":
            return spoken.ordinal(rng.randrange(1, 32))
        if slot == "clock":
            return spoken.random_time(rng)
        if slot == "date":
            return spoken.random_date(rng)
        if slot == "money":
            return spoken.random_money(rng)
        if slot == "digits":
            return spoken.random_digits(rng)
        if slot == "decimal":
            return spoken.random_decimal(rng)
        if slot == "quantity":
            return spoken.random_quantity(rng)
        if slot == "year":
            return spoken.year(rng.randrange(1800, 2040))
        raise KeyError(slot)

    def sentence(self) -> str:
        """One sentence, lower case at the start, no full stop."""
        out, rest = "", self.rng.choice(self.frames)
        while "{" in rest:
            head, _, rest = rest.partition("{")
            slot, _, rest = rest.partition("}")
            out += head + self._fill(slot)
        return out + rest


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"
