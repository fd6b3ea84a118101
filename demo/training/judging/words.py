"""Error rates of what was heard against what was meant: words of English, characters and syllables of Mandarin."""

import re
from collections.abc import Sequence

SPELLINGS = {"grey": "gray", "colour": "color", "colours": "colors", "neighbour": "neighbor", "neighbours": "neighbors", "favourite": "favorite",
             "centre": "center", "theatre": "theater", "travelled": "traveled", "ok": "okay", "mr": "mister", "mrs": "missus", "dr": "doctor"}
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def english(text: str) -> list[str]:
    """Lower-case words, numbers in words, one spelling of each."""
    from num2words import num2words

    text = text.lower().replace("’", "'").replace("-", " ").replace("%", " percent ")
    text = re.sub(r"\$(\d+(?:,\d{3})*)(?:\.(\d\d))?", lambda m: f"{m[1]} dollars {m[2] + ' cents' if m[2] else ''}", text)
    text = re.sub(rf"\b(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTHS})\b", r"the \1th of \2", text)
    text = re.sub(rf"\b({MONTHS}) (?:the )?(\d{{1,2}})\b(?!:)", r"\1 \2th", text)
    text = re.sub(r"(\d{1,2}):00", r"\1 o'clock", text)
    text = re.sub(r"(\d{1,2}):(\d\d)", r"\1 \2", text)
    text = re.sub(r"(?<=\d),(?=\d)", "", text)
    text = re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda m: num2words(int(m[1]), to="ordinal"), text)
    text = re.sub(r"\d+", lambda m: f" {num2words(int(m[0]))} ", text).replace("-", " ")
    words = re.sub(r"[^a-z' ]", " ", text).replace("'", "").split()
    return [SPELLINGS.get(word, word) for word in words if word != "and"]


def characters(text: str) -> list[str]:
    """Simplified Chinese characters; digits as characters."""
    import zhconv

    return re.findall(r"[\u4e00-\u9fff]", "".join(DIGITS.get(c, c) for c in zhconv.convert(text, "zh-cn")))


def mixed(text: str) -> list[str]:
    """Chinese characters one by one, and English words between them."""
    import zhconv

    return re.findall(r"[\u4e00-\u9fff]|[a-z']+", zhconv.convert(text.lower(), "zh-cn"))


def syllables(text: str) -> list[str]:
    """Pinyin with tones: homophones count as right."""
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin("".join(characters(text)), style=Style.TONE3)


def errors(meant: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of insertions, deletions and substitutions."""
    row = list(range(len(heard) + 1))
    for i, want in enumerate(meant, 1):
        corner, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (want != got))
    return row[-1]


def rate(language: str, rows: list[tuple[str, str]]) -> float:
    """(meant, heard) pairs -> errors per word ("en"), per character ("zh"), or both ("mixed")."""
    unit = {"en": english, "zh": characters, "mixed": mixed}[language]
    pairs = [(unit(meant), unit(heard)) for meant, heard in rows]
    wrong = sum(0 if "".join(a) == "".join(b) else errors(a, b) for a, b in pairs)
    return wrong / max(1, sum(len(a) for a, _ in pairs))


def syllable_rate(rows: list[tuple[str, str]]) -> float:
    pairs = [(syllables(meant), syllables(heard)) for meant, heard in rows]
    return sum(errors(a, b) for a, b in pairs) / max(1, sum(len(a) for a, _ in pairs))


def unescaped(text: str) -> str:
    r"""`\n`, `\r` and `\uXXXX` of a table's cell as what they stand for."""
    text = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)
    return text.replace("\\n", "\n").replace("\\r", "\r")
