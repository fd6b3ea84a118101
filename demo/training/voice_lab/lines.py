"""Stage 1: the lines of one shard, `lines/NAME.tsv` (speaker TAB text TAB kind), written when the shard is begun.

Packaged sentences are dealt out over the shards of a family, so that none is spoken twice by a family.
"""

import random
import re
from functools import cache
from pathlib import Path

from . import paths, scale, shards, speakers
from .text import english_sources, mandarin, mandarin_sources, mixed
from .text.english_frames import EverydaySentences

SEED = 70707
"""And as much more as the round is: each has lines of its own."""
JUDGED = paths.TRAINING.parent / "sentences"


def bare(text: str) -> str:
    """Lower case without marks and spaces: what makes two lines the same."""
    return re.sub(r"[\s.,;:!?'’*。，？！、；：-]", "", text.lower())


@cache
def judged() -> frozenset[str]:
    """The sentences kept for judging; none of them is ever spoken in training."""
    return frozenset(bare(line) for path in sorted(Path(JUDGED).glob("*.txt")) for line in path.read_text("utf-8").splitlines())


def _dealt(lines: list[str], shard: shards.Shard, count: int, salt: str) -> list[str]:
    """The part of the shuffled list that belongs to this shard, shuffled order kept."""
    order = sorted(lines)
    random.Random(f"{SEED + scale.round_number()} {salt} {shard.family}").shuffle(order)
    return order[shard.number::count]


def _dress(text: str, rng: random.Random) -> str:
    """Two thirds with capital and final mark, the rest bare lower case; pauses inside stay in both."""
    text = text.strip().rstrip(".")
    if rng.random() < 0.66:
        question = re.match(r"(who|what|when|where|why|how|is|are|isn't|did|do|have|can|could|would)\b", text, re.I)
        mark = "" if text[-1] in "?!" else "?" if question else "!" if rng.random() < 0.06 else "."
        return text[0].upper() + text[1:] + mark
    plain = re.sub(r"[.!?;:]", ",", text).strip(" ,")
    return plain.lower() if rng.random() < 0.9 else plain


class English:
    """Draws English lines for one shard."""

    def __init__(self, shard: shards.Shard, count: int, rng: random.Random):
        self.rng = rng
        self.talk = _dealt(mandarin_sources.english_sentences(), shard, count, "talk")
        self.examples = _dealt(english_sources.example_sentences(), shard, count, "examples")
        self.definitions = _dealt(english_sources.definitions(), shard, count, "definitions")
        self.words = english_sources.spelling_words()
        self.everyday = EverydaySentences(rng, english_sources.common_words("n", 2500), english_sources.common_words("a", 1000))

    def line(self) -> tuple[str, str]:
        rng, pick = self.rng, self.rng.random()
        if pick < 0.2 and self.talk:
            return _dress(self.talk.pop(), rng), "talk"
        if pick < 0.5 and self.examples:
            return _dress(self.examples.pop(), rng), "example"
        if pick < 0.56 and self.definitions:
            return _dress(self.definitions.pop(), rng), "definition"
        if pick < 0.64:
            return _dress(english_sources.word_list_line(rng, self.words), rng), "words"
        if pick < 0.72:
            first, second = self.everyday.sentence(), self.everyday.sentence()
            return _dress(first[0].upper() + first[1:] + ". " + second[0].upper() + second[1:], rng), "two"
        return _dress(self.everyday.sentence(), rng), "everyday"


class Mandarin:
    """Draws Mandarin and mixed lines for one shard."""

    def __init__(self, shard: shards.Shard, count: int, rng: random.Random):
        self.rng = rng
        self.talk = _dealt(mandarin_sources.sentences(), shard, count, "talk") + _dealt(mandarin_sources.sentences(), shard, count, "again")
        self.everyday = mandarin.EverydayLines(rng)
        self.words, self.weights = mandarin.known_words(mandarin.all_characters())
        self.rare = sorted(mandarin.all_characters())

    def line(self) -> tuple[str, str]:
        rng, pick = self.rng, self.rng.random()
        if pick < 0.5 and self.talk:
            text, kind = self.talk.pop(), "talk"
            if len(text) < 8 and self.talk and rng.random() < 0.6:
                text, kind = f"{text.rstrip('？！')}，{self.talk.pop()}", "two"
        elif pick < 0.7:
            text, kind = self.everyday.line(), "everyday"
        elif pick < 0.77:
            text, kind = mixed.line(rng), "mixed"
        elif pick < 0.94:
            text, kind = "".join(rng.choices(self.words, self.weights, k=rng.choice((2, 3, 3, 4, 5, 6)))), "words"
        else:
            text, kind = "".join(rng.sample(self.rare, rng.choice((2, 3, 4, 6)))), "characters"
        if rng.random() < 0.6 and text[-1] not in "？！。":
            text += "？" if text.endswith(("吗", "呢")) else rng.choice("。。。。！")
        return text, kind


def of_shard(shard: shards.Shard) -> list[tuple[str, str, str]]:
    """(speaker, text, kind) rows; written on the first call, read from the file later."""
    path = paths.LINES / f"{shard.name}.tsv"
    if not path.exists():
        family = next(f for f in shards.families() if f.name == shard.family)
        rng = random.Random(f"{SEED + scale.round_number()} {shard.name}")
        source = (Mandarin if shard.family == "mandarin" else English)(shard, family.shards, rng)
        rows: list[str] = []
        while len(rows) < family.lines:
            text, kind = source.line()
            if bare(text) not in judged():
                rows.append(f"{speakers.draw(rng, family.speakers)}\t{text}\t{kind}\n")
        paths.LINES.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text("".join(rows), "utf-8")
        part.replace(path)
    return [tuple(line.split("\t")) for line in path.read_text("utf-8").splitlines()]
