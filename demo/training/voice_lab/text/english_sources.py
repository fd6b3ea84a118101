"""English lines from packaged sources.

WordNet (Princeton licence: any use without fee): example sentences, short definitions, sense counts for common words.
Debian's wamerican-small (SCOWL, public domain and permissive): spelled words for pronunciation cover.
"""

import random
import re
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")
WORDS = Path("/usr/share/dict/american-english-small")
PLAIN = re.compile(r"[A-Za-z][A-Za-z' ,;:?!.]*")
ACRONYM = re.compile(r"\b[A-Z]{2,}\b|\b[A-Za-z]\.[A-Za-z]\.")


def _glosses() -> list[str]:
    lines = []
    for part in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{part}").read_text("latin-1").splitlines():
            if not line.startswith(" ") and " | " in line:
                lines.append(line.split(" | ", 1)[1].strip())
    return lines


def _clean(text: str, shortest: int, longest: int) -> str | None:
    """Whitespace-normal text of `shortest`..`longest` characters that reads as written, or None."""
    text = re.sub(r"[\s,]*,[\s,]*", ", ", re.sub(r"\s+", " ", text.replace("--", ", "))).strip(" ,;:.")
    if not shortest <= len(text) <= longest or not PLAIN.fullmatch(text) or ACRONYM.search(text):
        return None
    return text


def example_sentences() -> list[str]:
    """Quoted examples of WordNet glosses."""
    found = (_clean(quote, 8, 120) for gloss in _glosses() for quote in re.findall(r'"([^"]+)"', gloss))
    return sorted({text for text in found if text})


def definitions() -> list[str]:
    """Definitions of 15..90 characters without brackets."""
    found = (_clean(gloss.split(";")[0], 15, 90) for gloss in _glosses() if "(" not in gloss)
    return sorted({text for text in found if text})


def common_words(part: str, limit: int) -> list[str]:
    """The `limit` most counted one-word lemmas of part of speech `n` or `a`, commonest first."""
    code = {"n": "1", "a": "3"}[part]
    counts: dict[str, int] = {}
    for line in (WORDNET / "cntlist.rev").read_text().splitlines():
        key, _, count = line.split()
        lemma, sense = key.split("%")
        if sense.startswith(code) or (part == "a" and sense.startswith("5")):
            if lemma.isalpha() and lemma.islower() and 2 < len(lemma) < 13:
                counts[lemma] = counts.get(lemma, 0) + int(count)
    return sorted(counts, key=lambda word: (-counts[word], word))[:limit]


def spelling_words() -> list[str]:
    """All plain words of the small American word list."""
    return sorted({w for w in WORDS.read_text().split() if w.isalpha() and w.isascii() and w.islower() and len(w) > 1})


def word_list_line(rng: random.Random, words: list[str]) -> str:
    """One to six dictionary words in a row."""
    return " ".join(rng.choice(words) for _ in range(rng.choice((1, 2, 3, 3, 4, 4, 5, 6))))
