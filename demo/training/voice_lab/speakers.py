"""Who speaks in the training data: four named voices, single packs, and mixtures of packs, each in both languages.

A mixture keeps its timbre in both languages; in Mandarin its prosody mostly comes from Mandarin packs.
"""

import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import scale
from .teachers import packs

MANDARIN = ("zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunyang")


@dataclass(frozen=True)
class Speaker:
    """Weights of packs by name; `pace` 1 is the teacher's own. `small` = the small English teacher speaks its English."""

    name: str
    timbre: dict[str, float]
    prosody: dict[str, dict[str, float]]
    pace: float = 1.0
    small: bool = False

    def style(self, language: str) -> np.ndarray:
        """[510, 256]; `language` is "en" or "zh" (Chinese text that holds English counts as "zh")."""
        return packs.mixed(self.timbre, self.prosody.get(language))


def _named() -> list[Speaker]:
    female, male = {"zf_xiaoxiao": 0.5, "zf_xiaoyi": 0.5}, {"zm_yunxi": 0.6, "zm_yunyang": 0.4}
    return [Speaker("grace", {"af_heart": 1.0}, {"zh": {**female, "af_heart": 0.5}}, small=True),
            Speaker("james", {"am_michael": 0.7, "am_fenrir": 0.3}, {"zh": {**male, "am_michael": 0.5}}),
            Speaker("lan", {**female, "af_bella": 0.25}, {"en": {"af_bella": 0.6, "af_heart": 0.4}, "zh": female}),
            Speaker("ming", male, {"en": {"am_michael": 0.6, "am_puck": 0.4}})]


NAMED = ("grace", "james", "lan", "ming")


def _mixture(number: int, names: list[str]) -> Speaker:
    rng = random.Random(f"mixture {number}")
    first = rng.choice(names)
    near = [n for n in names if n != first and n[1] == first[1]] if rng.random() < 0.75 else [n for n in names if n != first]
    others = rng.sample(near, min(len(near), rng.choice((1, 1, 2))))
    timbre = {first: 1.0, **{n: rng.uniform(0.3, 1.0) for n in others}}
    prosody: dict[str, dict[str, float]] = {}
    if rng.random() < 0.4:
        english = [n for n in names if n[0] in "ab"]
        prosody["en"] = {n: rng.uniform(0.3, 1.0) for n in rng.sample(english, 2)}
    if rng.random() < 0.8:
        prosody["zh"] = {n: rng.uniform(0.3, 1.0) for n in rng.sample(MANDARIN, 2)}
    return Speaker(f"mix-{number:03d}", timbre, prosody, round(rng.uniform(0.92, 1.08), 3))


@cache
def all_speakers() -> dict[str, Speaker]:
    """Name -> speaker, in a fixed order: named, single packs, mixtures."""
    names = packs.names()
    singles = [Speaker(f"one-{n}", {n: 1.0}, {} if n in MANDARIN else {"zh": {n: 0.5, "zf_xiaoxiao": 0.25, "zm_yunxi": 0.25}}) for n in names]
    mixtures = [_mixture(k, names) for k in range(scale.current().mixtures)]
    return {s.name: s for s in _named() + singles + mixtures}


def draw(rng: random.Random, shares: dict[str, float]) -> str:
    """A speaker's name; `shares` names speakers, or the groups "one" (English or Mandarin packs), "mix", "one-zh"."""
    group = rng.choices(list(shares), list(shares.values()))[0]
    if group == "one-zh":
        return f"one-{rng.choice(MANDARIN)}"
    if group in ("one", "mix"):
        return rng.choice([name for name in all_speakers() if name.startswith(group)])
    return group
