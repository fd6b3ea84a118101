"""Numbers, times, dates and amounts as English words.

The server's text normaliser turns digits into words before the language model sees them, so the
training text holds words only. Several wordings of the same value are used on purpose.
"""

import random

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen").split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
MONTHS = ("January February March April May June July August September October November December").split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
            "nine": "ninth", "twelve": "twelfth"}


def cardinal(n: int, joiner: str = " ") -> str:
    """`n` in words; `joiner` is what stands after "hundred": " " or " and "."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (f" {ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = n % 100
        return f"{ONES[n // 100]} hundred" + (joiner + cardinal(rest) if rest else "")
    for size, name in ((1_000_000, "million"), (1_000, "thousand")):
        if n >= size:
            rest = n % size
            return f"{cardinal(n // size, joiner)} {name}" + (f" {cardinal(rest, joiner)}" if rest else "")
    raise ValueError(n)


def ordinal(n: int) -> str:
    """1 -> first, 21 -> twenty first."""
    head, _, last = cardinal(n).rpartition(" ")
    if last in ORDINALS:
        last = ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return f"{head} {last}".strip()


def year(n: int) -> str:
    """1984 -> nineteen eighty four, 2005 -> two thousand five, 1900 -> nineteen hundred."""
    if 2000 <= n < 2010:
        return cardinal(n)
    high, low = divmod(n, 100)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {'oh ' if low < 10 else ''}{cardinal(low)}"


def random_number(rng: random.Random) -> str:
    """Small numbers are commoner than large ones."""
    top = rng.choice((12, 20, 100, 100, 1000, 1000, 10_000, 100_000, 2_000_000))
    return cardinal(rng.randrange(top), rng.choice((" ", " and ")))


def random_time(rng: random.Random) -> str:
    hour, minute = rng.randrange(1, 13), rng.randrange(60)
    kind = rng.randrange(6)
    if kind == 0:
        return f"{ONES[hour]} o'clock"
    if kind == 1:
        return f"half past {ONES[hour]}"
    if kind == 2:
        return f"a quarter {rng.choice(('to', 'past'))} {ONES[hour]}"
    words = f"{ONES[hour]} " + (("oh " if 0 < minute < 10 else "") + cardinal(minute) if minute else "o'clock")
    return words + rng.choice(("", "", " a m", " p m", " in the morning", " in the evening", " tonight"))


def random_date(rng: random.Random) -> str:
    month, day = rng.choice(MONTHS), ordinal(rng.randrange(1, 32))
    text = rng.choice((f"{month} {day}", f"the {day} of {month}"))
    if rng.random() < 0.3:
        text = f"{rng.choice(DAYS)}, {text}"
    if rng.random() < 0.35:
        text += f", {year(rng.randrange(1900, 2040))}"
    return text


def random_money(rng: random.Random) -> str:
    dollars, cents = rng.choice((rng.randrange(1, 30), rng.randrange(1, 900))), rng.randrange(1, 100)
    unit = "dollar" if dollars == 1 else "dollars"
    kind = rng.randrange(5)
    if kind == 0:
        return f"{cardinal(dollars)} {unit} and {cardinal(cents)} cents"
    if kind == 1:
        return f"{cardinal(dollars)} {unit} {cardinal(cents)} cents"
    if kind == 2:
        return f"{cardinal(dollars)} {rng.choice(('euros', 'pounds'))}"
    return f"{cardinal(dollars)} {unit}"


def random_digits(rng: random.Random) -> str:
    """A telephone or room number, digit by digit."""
    return " ".join(rng.choice(ONES[:10] + ["oh"]) for _ in range(rng.randrange(3, 8)))


def random_decimal(rng: random.Random) -> str:
    tail = " ".join(ONES[rng.randrange(10)] for _ in range(rng.randrange(1, 3)))
    return f"{cardinal(rng.randrange(100))} point {tail}"


def random_quantity(rng: random.Random) -> str:
    """A number with a unit."""
    unit = rng.choice(("percent", "degrees", "miles", "kilometers", "meters", "minutes", "hours", "days", "weeks",
                       "months", "years", "seconds", "pounds", "kilograms", "people", "pages", "inches", "feet",
                       "liters", "grams", "times", "steps", "points", "students", "cars", "books", "rooms"))
    number = rng.choice((random_number, random_number, random_decimal))(rng)
    return f"{number} {unit}"
