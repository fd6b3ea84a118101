"""The made speech through the ear: python -m judging.shards NAME ... — a few ordinary lines of each speaker in those shards."""

import sys
from collections import defaultdict

import numpy as np

from voice_lab import corpus, features

from . import words
from .ear import RATE, ear

KINDS = ("talk", "two", "everyday", "example")


def main(names: list[str], count: int = 80) -> None:
    heard: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for name in names:
        language = "zh" if name.startswith("mandarin") else "en"
        for u in [u for u in corpus.read_shard(name) if u.kind in KINDS][:count]:
            wave = features.resample(u.wave, corpus.RATE, RATE)
            row = (u.text, ear(language).hear(np.asarray(wave)))
            group = u.speaker if u.speaker[:3] not in ("mix", "one") else u.speaker[:3]
            heard[language, group].append(row)
            heard[language, "all"].append(row)
            if words.rate(language, [row]):
                print(f"  {u.speaker}: {row[0]} | {row[1]}", flush=True)
    for (language, group), rows in sorted(heard.items()):
        extra = f", syllables {100 * words.syllable_rate(rows):.1f} %" if language == "zh" else ""
        print(f"{language} {group}: {100 * words.rate(language, rows):.1f} %{extra} ({len(rows)} lines)")


if __name__ == "__main__":
    main(sys.argv[1:])
