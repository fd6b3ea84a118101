"""Units of a text: each Chinese character, and each run of Latin letters (an English word). Supervision counts in units."""

import re

UNIT = re.compile(r"[\u4e00-\u9fff]|[A-Za-z]+(?:['’-][A-Za-z]+)*'?")


def spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each unit, in characters."""
    return [match.span() for match in UNIT.finditer(text)]


def is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
