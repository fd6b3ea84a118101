"""Stage 1: the list of lines to speak, `work/lines/NNNN.tsv` (voice TAB text TAB kind), a few hundred lines each.

Every shard holds the voices and kinds of text in the same proportion, so that any prefix of the shards is a fair sample.
"""

import random
import re

from . import paths
from .text import english_sources as sources
from .text import mandarin
from .text.english_frames import EverydaySentences

SHARDS = 120
EXTRA_SHARDS = 8
"""Mandarin only, over the wide set of characters."""
LINES_PER_SHARD = 640
VOICES = {"rms": 0.34, "slt": 0.19, "awb": 0.17, "kal16": 0.17, "cmn": 0.13}
SEED = 60606


def _dress(text: str, rng: random.Random) -> str:
    """Half with capital and final mark, half bare lower case; pauses inside stay in both."""
    text = text.strip()
    if rng.random() < 0.5:
        mark = "?" if re.match(r"(who|what|when|where|why|how|is|are|isn't|did|do|have|can|could|would)\b", text) else "."
        return text[0].upper() + text[1:] + (mark if rng.random() > 0.06 else "!")
    bare = re.sub(r"[.!?;:]", ",", text)
    return bare.lower() if rng.random() < 0.9 else bare


class _English:
    def __init__(self, rng: random.Random):
        self.rng = rng
        self.examples = sources.example_sentences()
        self.definitions = sources.definitions()
        self.words = sources.spelling_words()
        self.everyday = EverydaySentences(rng, sources.common_words("n", 2500), sources.common_words("a", 1000))
        rng.shuffle(self.examples)
        rng.shuffle(self.definitions)

    def line(self) -> tuple[str, str]:
        rng, pick = self.rng, self.rng.random()
        if pick < 0.34 and self.examples:
            return _dress(self.examples.pop(), rng), "example"
        if pick < 0.44 and self.definitions:
            return _dress(self.definitions.pop(), rng), "definition"
        if pick < 0.58:
            return _dress(sources.word_list_line(rng, self.words), rng), "words"
        if pick < 0.66:
            first, second = self.everyday.sentence(), self.everyday.sentence()
            return _dress(first[0].upper() + first[1:] + ". " + second[0].upper() + second[1:], rng), "two"
        return _dress(self.everyday.sentence(), rng), "everyday"


class _Mandarin:
    def __init__(self, rng: random.Random, common: int, everyday_share: float = 1.0):
        self.rng = rng
        self.everyday = mandarin.EverydayLines(rng)
        self.words, self.weights = mandarin.known_words(mandarin.character_set(common))
        self.rare = sorted(mandarin.character_set(common))
        self.skip = 0.55 * (1 - everyday_share)

    def line(self) -> tuple[str, str]:
        rng, pick = self.rng, self.skip + (1 - self.skip) * self.rng.random()
        if pick < 0.45:
            text, kind = self.everyday.line(), "everyday"
        elif pick < 0.55:
            text, kind = "，".join(self.everyday.line() for _ in range(2)), "two"
        elif pick < 0.85:
            text, kind = "".join(rng.choices(self.words, self.weights, k=rng.choice((1, 2, 3, 3, 4, 5, 6)))), "words"
        else:
            text, kind = "".join(rng.sample(self.rare, rng.choice((2, 3, 4, 6, 8)))), "characters"
        if rng.random() < 0.5:
            text += "？" if text.endswith(("吗", "呢")) else rng.choice("。。。。！")
        return text, kind


def write_lines() -> None:
    """Writes all shards; the same seed gives the same files."""
    paths.LINES.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    english, chinese = _English(rng), _Mandarin(rng, mandarin.COMMON_CHARACTERS)
    names, weights = list(VOICES), list(VOICES.values())
    for shard in range(SHARDS):
        rows = []
        for _ in range(LINES_PER_SHARD):
            voice = rng.choices(names, weights)[0]
            text, kind = (chinese if voice == "cmn" else english).line()
            rows.append(f"{voice}\t{text}\t{kind}\n")
        (paths.LINES / f"{shard:04d}.tsv").write_text("".join(rows), "utf-8")
    wide = _Mandarin(random.Random(SEED + 1), mandarin.WIDE, everyday_share=0.1)
    for shard in range(SHARDS, SHARDS + EXTRA_SHARDS):
        rows = ["cmn\t{}\t{}\n".format(*wide.line()) for _ in range(LINES_PER_SHARD)]
        (paths.LINES / f"{shard:04d}.tsv").write_text("".join(rows), "utf-8")
    print(f"lines: {SHARDS} + {EXTRA_SHARDS} shards of {LINES_PER_SHARD}", flush=True)


if __name__ == "__main__":
    write_lines()
