"""How much of everything is made: the full recipe, one more round for the shipped voice, or the miniature that proves the recipe in minutes.

`LIGHT_TTS_VOICE_SCALE` (`full`, `onward` or `tiny`) chooses; a work folder belongs to one scale for good.
"""

import json
import os
from dataclasses import dataclass

from . import paths


@dataclass(frozen=True)
class Scale:
    """`main`, `english`, `mandarin`: (shards, of these spoken, lines a shard) of each family of speech; `steps`: of each trained stage."""

    name: str
    main: tuple[int, int, int]
    english: tuple[int, int, int]
    mandarin: tuple[int, int, int]
    mixtures: int
    """Further speakers that are mixtures of voice packs."""
    tokenizer: dict[str, int]
    """Shards of each family that the speech tokenizer is trained on."""
    steps: dict[str, int]
    batch: float
    """Factor of every batch."""
    judged: int
    """Sentences of each language that the ceiling is measured on."""
    onward: bool = False
    """Begins with the weights in `demo/voice` instead of nothing, on lines that it has not seen."""

    def rows(self, full: int) -> int:
        """Of `full` rows (or tokens) of a batch, those at this scale."""
        return max(2, int(full * self.batch))


FULL = Scale("full", main=(48, 12, 500), english=(220, 20, 64), mandarin=(480, 60, 64), mixtures=120,
             tokenizer={"main": 6, "english": 20, "mandarin": 60},
             steps={"tokenizer": 8000, "speaker": 2500, "flow": 7000, "flow_tuned": 2500, "vocoder": 2500, "vocoder_tuned": 1300,
                    "language_model": 10500, "language_model_tuned": 3300},
             batch=1, judged=40)
ONWARD = Scale("onward", main=(24, 8, 500), english=(64, 8, 64), mandarin=(150, 20, 64), mixtures=120,
               tokenizer={"main": 2, "english": 8, "mandarin": 20},
               steps={"guess": 3000, "flow_tuned": 2500, "language_model_tuned": 4000}, batch=1, judged=16, onward=True)
TINY = Scale("tiny", main=(3, 2, 6), english=(2, 1, 3), mandarin=(3, 2, 3), mixtures=4,
             tokenizer={"main": 2, "english": 1, "mandarin": 2},
             steps={"tokenizer": 12, "speaker": 6, "flow": 8, "flow_tuned": 4, "vocoder": 6, "vocoder_tuned": 4, "language_model": 10, "language_model_tuned": 4},
             batch=0.125, judged=1)


def current() -> Scale:
    """The scale in force; raises ValueError where the work folder was begun at the other."""
    wanted = {scale.name: scale for scale in (FULL, ONWARD, TINY)}[os.environ.get("LIGHT_TTS_VOICE_SCALE", "full")]
    mark = paths.WORK / "scale"
    if mark.exists() and mark.read_text().strip() != wanted.name:
        raise ValueError(f"{paths.WORK} was begun at scale {mark.read_text().strip()}, expected {wanted.name}")
    return wanted


def round_number() -> int:
    """0 of a voice that is trained from nothing, else one more than the shipped voice's; the work folder keeps it, so that exporting changes nothing."""
    if not current().onward:
        return 0
    mark = paths.WORK / "round"
    if not mark.exists():
        paths.WORK.mkdir(parents=True, exist_ok=True)
        shipped = json.loads((paths.VOICE / "training-state.json").read_text("utf-8"))
        mark.write_text(f"{shipped.get('round', 0) + 1}\n")
    return int(mark.read_text())
