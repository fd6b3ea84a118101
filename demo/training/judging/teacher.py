"""The teachers through the ear.

    python -m judging.teacher [SPEAKER ...] [en | zh] [SENTENCES]      default: the named voices, both languages, 40 sentences
"""

import sys
import time

import numpy as np

from voice_lab import features, lines, speak, speakers

from . import words
from .ear import RATE, ear

LISTS = {"en": "english.txt", "zh": "mandarin.txt"}


def sentences(language: str) -> list[str]:
    return (lines.JUDGED / LISTS[language]).read_text("utf-8").splitlines()


def spoken(name: str, text: str, language: str) -> np.ndarray:
    """float32 samples at 16 kHz."""
    pcm, _ = speak.utterance(speakers.all_speakers()[name], text, language == "zh", seed=1)
    return features.resample(pcm.astype(np.float32) / 32768, speak.RATE, RATE)


def main(names: list[str], languages: list[str], count: int) -> None:
    for language in languages:
        everything = []
        for name in names:
            began, rows = time.process_time(), []
            for text in sentences(language)[:count]:
                rows.append((text, ear(language).hear(spoken(name, text, language))))
                if words.rate(language, rows[-1:]):
                    print(f"  {name}: {text} | {rows[-1][1]}", flush=True)
            extra = f", syllables {100 * words.syllable_rate(rows):.1f} %" if language == "zh" else ""
            print(f"{language} {name}: {100 * words.rate(language, rows):.1f} %{extra} ({len(rows)} sentences, {time.process_time() - began:.0f} CPU-s)", flush=True)
            everything += rows
        print(f"{language} all: {100 * words.rate(language, everything):.1f} %", flush=True)


if __name__ == "__main__":
    words_given = sys.argv[1:]
    counts, chosen = [int(w) for w in words_given if w.isdigit()], [w for w in words_given if w in LISTS]
    main([w for w in words_given if not w.isdigit() and w not in LISTS] or list(speakers.NAMED), chosen or list(LISTS), counts[0] if counts else 40)
