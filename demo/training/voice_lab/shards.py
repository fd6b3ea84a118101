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
    spoken: int
    """The first of the shards: they have sound. The others are recited: codes alone."""
    lines: int
    speakers: dict[str, float]
    ahead: int
    """Shards that come before all proportion."""
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
    """Every shard that is spoken. The first `ahead` of each family come first, then all families grow in proportion."""
    out = []
    for family in families():
        ahead = min(family.ahead, family.spoken)
        for k in range(family.spoken):
            place = (k + 0.5) / ahead - 1 - family.quick if k < ahead else (k - ahead + 0.5) / (family.spoken - ahead)
            out.append(Shard(place, family.name, k))
    return sorted(out)


def recited() -> list[Shard]:
    """Every other shard of the plan; all families grow in proportion."""
    return sorted(Shard((k - family.spoken + 0.5) / (family.shards - family.spoken), family.name, k)
                  for family in families() for k in range(family.spoken, family.shards))
