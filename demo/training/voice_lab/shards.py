"""The plan of the speech: families of shards, who speaks in them, and the order in which they are made.

main      English by the small teacher, one voice: most of what the language model learns English from
english   English by Kokoro: the other named voices, packs, mixtures
mandarin  Mandarin by Kokoro, some of it with English words inside
"""

from dataclasses import dataclass

from . import scale


@dataclass(frozen=True)
class Family:
    name: str
    shards: int
    lines: int
    speakers: dict[str, float]
    ahead: int
    """Shards that come before all proportion: what the first trainings need."""
    quick: bool = False
    """Spoken so fast that its `ahead` shards come before those of the others."""


def families() -> list[Family]:
    size = scale.current()
    return [Family("main", *size.main, {"grace": 1.0}, ahead=6, quick=True),
            Family("english", *size.english, {"james": 0.33, "lan": 0.2, "one": 0.12, "mix": 0.35}, ahead=10),
            Family("mandarin", *size.mandarin, {"lan": 0.35, "ming": 0.22, "grace": 0.07, "james": 0.05, "one-zh": 0.08, "mix": 0.23}, ahead=46)]


@dataclass(frozen=True, order=True)
class Shard:
    """`place` orders the making; `family` and `number` name the files."""

    place: float
    family: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.family}-{self.number:04d}"


def in_order() -> list[Shard]:
    """Every shard of the plan. The first `ahead` of each family come first, then all families grow in proportion."""
    out = []
    for family in families():
        ahead = min(family.ahead, family.shards)
        for k in range(family.shards):
            place = (k + 0.5) / ahead - 1 - family.quick if k < ahead else (k - ahead + 0.5) / (family.shards - ahead)
            out.append(Shard(place, family.name, k))
    return sorted(out)
