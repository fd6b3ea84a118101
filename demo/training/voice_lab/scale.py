"""How much of everything is made: the full recipe, or the miniature that proves the recipe in minutes.

`LIGHT_TTS_VOICE_SCALE` (`full` or `tiny`) chooses; a work folder belongs to one scale for good.
"""

import os
from dataclasses import dataclass

from . import paths


@dataclass(frozen=True)
class Scale:
    """`main`, `english`, `mandarin`: (shards, lines a shard) of each family of speech; `steps`: of each trained stage."""

    name: str
    main: tuple[int, int]
    english: tuple[int, int]
    mandarin: tuple[int, int]
    mixtures: int
    """Further speakers that are mixtures of voice packs."""
    tokenizer_first: dict[str, int]
    tokenizer: dict[str, int]
    """Shards of each family that the two trainings of the speech tokenizer use."""
    steps: dict[str, int]
    batch: float
    """Factor of every batch."""
    judged: int
    """Sentences of each language that the ceiling is measured on."""

    def rows(self, full: int) -> int:
        """Of `full` rows (or tokens) of a batch, those at this scale."""
        return max(2, int(full * self.batch))


FULL = Scale("full", main=(56, 500), english=(120, 64), mandarin=(240, 64), mixtures=160,
             tokenizer_first={"main": 3, "english": 10, "mandarin": 46}, tokenizer={"main": 6, "english": 40, "mandarin": 80},
             steps={"tokenizer_first": 6000, "tokenizer": 20000, "speaker": 4000, "flow": 9000, "flow_tuned": 9000, "vocoder": 14000, "vocoder_tuned": 8000,
                    "language_model": 30000},
             batch=1, judged=40)
TINY = Scale("tiny", main=(2, 6), english=(1, 3), mandarin=(2, 3), mixtures=4,
             tokenizer_first={"main": 1, "english": 1, "mandarin": 1}, tokenizer={"main": 2, "english": 1, "mandarin": 2},
             steps={"tokenizer_first": 12, "tokenizer": 6, "speaker": 6, "flow": 6, "flow_tuned": 4, "vocoder": 6, "vocoder_tuned": 4, "language_model": 10},
             batch=0.125, judged=1)


def current() -> Scale:
    """The scale in force; raises ValueError where the work folder was begun at the other."""
    wanted = {"full": FULL, "tiny": TINY}[os.environ.get("LIGHT_TTS_VOICE_SCALE", "full")]
    mark = paths.WORK / "scale"
    if mark.exists() and mark.read_text().strip() != wanted.name:
        raise ValueError(f"{paths.WORK} was begun at scale {mark.read_text().strip()}, expected {wanted.name}")
    return wanted
