"""Reads spoken shards and cuts them into what the training stages need.

Every utterance is padded with zeros to a whole number of 40 ms, so that its lengths fit exactly:
1 speech token = 960 samples at 24 kHz = 640 at 16 kHz = 4 log-mel frames = 2 mel frames.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

from . import paths, shards

RATE = 24000
SAMPLES_PER_TOKEN = 960
LOW_RATE = 16000
"""What the speech tokenizer and the speaker network hear."""


@dataclass
class Utterance:
    """One spoken line. `phones` rows: (name, end sample, unit or -1, tone)."""

    speaker: str
    text: str
    kind: str
    pcm: np.ndarray
    phones: list

    @property
    def tokens(self) -> int:
        return len(self.pcm) // SAMPLES_PER_TOKEN

    @property
    def wave(self) -> np.ndarray:
        """float32 in +-1 at 24 kHz."""
        return self.pcm.astype(np.float32) / 32768

    @property
    def low(self) -> np.ndarray:
        """float32 in +-1 at 16 kHz, exactly two thirds as many samples."""
        return soxr.resample(self.wave, RATE, LOW_RATE, quality="HQ")[: self.tokens * 640]


def spoken() -> list[str]:
    """Names of the finished shards, in the order of the plan."""
    return [shard.name for shard in shards.in_order() if (paths.SPEECH / f"{shard.name}.jsonl").exists()]


def first(family: str, count: int) -> list[str]:
    """Names of the family's first shards by number, whether made yet or not."""
    size = next(f.spoken for f in shards.families() if f.name == family)
    return [f"{family}-{k:04d}" for k in range(min(count, size))]


def labels_of(name: str) -> list[dict]:
    """The label rows of one shard, spoken or recited."""
    path = paths.SPEECH / f"{name}.jsonl"
    return [json.loads(line) for line in (path if path.exists() else paths.TOKENS / path.name).read_text("utf-8").splitlines()]


def label_lines(labels: list[dict]) -> str:
    """What `labels_of` reads."""
    return "".join(json.dumps(label, ensure_ascii=False, separators=(",", ":")) + "\n" for label in labels)


def read_shard(name: str) -> Iterator[Utterance]:
    """The utterances of one shard in their order."""
    pcm, rate = soundfile.read(paths.SPEECH / f"{name}.flac", dtype="int16")
    if rate != RATE:
        raise ValueError(f"{name}: expected {RATE} Hz, got {rate}")
    at = 0
    for row in labels_of(name):
        piece = pcm[at:at + row["samples"]]
        at += row["samples"]
        yield Utterance(row["speaker"], row["text"], row["kind"], np.pad(piece, (0, -len(piece) % SAMPLES_PER_TOKEN)), row["phones"])


def varied(utterance: Utterance, pitch: float) -> Utterance:
    """The utterance played faster and higher (pitch > 1) or slower and lower; a further speaker."""
    wave = soxr.resample(utterance.wave, RATE * pitch, RATE, quality="HQ")
    pcm = np.clip(wave * 32768, -32768, 32767).astype(np.int16)
    phones = [(name, int(end / pitch), unit, tone) for name, end, unit, tone in utterance.phones]
    return Utterance(f"{utterance.speaker}@{pitch}", utterance.text, utterance.kind, np.pad(pcm, (0, -len(pcm) % SAMPLES_PER_TOKEN)), phones)
