"""Words by pocketsphinx's bundled general English model."""

import re

import numpy as np
from pocketsphinx import Decoder
from voice_lab import paths

_decoder: Decoder | None = None


def words_of(wave: np.ndarray) -> str:
    """What the recogniser hears in float32 samples at 16 kHz."""
    global _decoder
    if _decoder is None:
        _decoder = Decoder(samprate=16000, loglevel="FATAL")
    quiet = np.zeros(4000, dtype=np.float32)
    pcm = (np.clip(np.concatenate([quiet, wave, quiet]), -1, 1) * 32767).astype("<i2").tobytes()
    _decoder.start_utt()
    _decoder.process_raw(pcm, full_utt=True)
    _decoder.end_utt()
    found = _decoder.hyp()
    return found.hypstr if found else ""


def normal(text: str) -> list[str]:
    """Lower-case words without marks."""
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()


def _errors(want: list[str], got: list[str]) -> int:
    row = np.arange(len(got) + 1)
    for k, word in enumerate(want, 1):
        above = row.copy()
        row[0] = k
        for j, other in enumerate(got, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (word != other))
    return int(row[-1])


def word_error_rate(rows: list[tuple[str, str]]) -> float:
    """(text, heard) pairs -> errors per word."""
    pairs = [(normal(text), normal(heard)) for text, heard in rows]
    return sum(_errors(want, got) for want, got in pairs) / max(1, sum(len(want) for want, _ in pairs))


def words_not_in_training() -> set[str] | None:
    """A membership test needs the training lines; None where they were not generated here."""
    if not paths.LINES.exists():
        return None
    known: set[str] = set()
    for path in paths.LINES.glob("*.tsv"):
        for line in path.read_text("utf-8").splitlines():
            voice, text, _ = line.split("\t")
            if voice != "cmn":
                known.update(normal(text))
    return known


def recall_of(rows: list[tuple[str, str]], known: set[str] | None) -> dict | None:
    """How many of the words that training never held were heard right."""
    if known is None:
        return None
    fresh = [(word, word in normal(heard)) for text, heard in rows for word in normal(text) if word not in known]
    return {"count": len(fresh), "heard": sum(ok for _, ok in fresh), "words": sorted({word for word, _ in fresh})}
