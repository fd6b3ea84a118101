"""Reads spoken shards and cuts them into what the training stages need.

Every utterance is padded with zeros to a whole number of 40 ms, so that its lengths fit exactly:
1 speech token = 640 samples at 16 kHz = 4 log-mel frames = 2 mel frames.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from . import paths

RATE = 16000
SAMPLES_PER_TOKEN = 640
VOICES = ["rms", "slt", "awb", "kal16", "cmn"]
PITCHES = [1.0, 0.85, 0.92, 1.09, 1.18]
"""Speed-and-pitch variants that pose as further speakers (index 0 = the voice itself)."""


@dataclass
class Utterance:
    """One spoken line. `phones` rows: (name, end sample, word index or -1, tone)."""

    voice: str
    pitch: float
    text: str
    kind: str
    pcm: np.ndarray
    phones: list

    @property
    def tokens(self) -> int:
        return len(self.pcm) // SAMPLES_PER_TOKEN

    @property
    def speaker(self) -> int:
        """Class of voice and pitch."""
        return VOICES.index(self.voice) * len(PITCHES) + PITCHES.index(self.pitch)

    @property
    def wave(self) -> np.ndarray:
        """float32 in +-1."""
        return self.pcm.astype(np.float32) / 32768


def spoken_shards() -> list[int]:
    """Finished shards, in order."""
    return sorted(int(p.stem) for p in paths.SPEECH.glob("*.jsonl"))


def _padded(pcm: np.ndarray) -> np.ndarray:
    return np.pad(pcm, (0, -len(pcm) % SAMPLES_PER_TOKEN))


def phone_name(voice: str, name: str) -> str:
    """Mandarin phones have a set of their own; the pause is shared."""
    return name if name == "pau" or voice != "cmn" else f"zh:{name}"


def read_shard(shard: int) -> Iterator[Utterance]:
    """The utterances of one shard in their order."""
    pcm, at = np.fromfile(paths.SPEECH / f"{shard:04d}.pcm", dtype="<i2"), 0
    for line in (paths.SPEECH / f"{shard:04d}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        voice = row["voice"]
        phones = [(phone_name(voice, name), end, word, tone) for name, end, word, tone in row["phones"]]
        yield Utterance(voice, 1.0, row["text"], row["kind"], _padded(pcm[at:at + row["samples"]]), phones)
        at += row["samples"]


def varied(utterance: Utterance, pitch: float) -> Utterance:
    """The utterance played faster and higher (pitch > 1) or slower and lower."""
    wave = soxr.resample(utterance.wave, RATE * pitch, RATE, quality="HQ")
    pcm = np.clip(wave * 32768, -32768, 32767).astype(np.int16)
    phones = [(name, int(end / pitch), word, tone) for name, end, word, tone in utterance.phones]
    return Utterance(utterance.voice, pitch, utterance.text, utterance.kind, _padded(pcm), phones)


def read_with_variants(shards: list[int], share: float, seed: int = 1) -> Iterator[Utterance]:
    """All utterances of the shards; `share` of them as a random pitch variant instead of the original."""
    rng = np.random.default_rng(seed)
    for shard in shards:
        for utterance in read_shard(shard):
            if rng.random() < share:
                utterance = varied(utterance, PITCHES[rng.integers(1, len(PITCHES))])
            yield utterance


class PhoneLabels:
    """Phone and tone of any instant, as class numbers."""

    def __init__(self, names: list[str]):
        self.names = names
        self.index = {name: k for k, name in enumerate(names)}

    @classmethod
    def of_shards(cls, shards: list[int]) -> "PhoneLabels":
        found = {name for shard in shards for u in read_shard(shard) for name, *_ in u.phones}
        return cls(["pau", *sorted(found - {"pau"})])

    def per_token(self, utterance: Utterance) -> np.ndarray:
        """int16 [tokens, 5]: phone and tone at 1/4 and at 3/4 of each token, word at its middle."""
        ends = np.array([end for _, end, _, _ in utterance.phones])
        rows = np.array([(self.index.get(name, 0), word, tone) for name, _, word, tone in utterance.phones], dtype=np.int16)
        start = np.arange(utterance.tokens) * SAMPLES_PER_TOKEN
        at = [np.minimum(np.searchsorted(ends, start + part * SAMPLES_PER_TOKEN // 4, side="right"), len(rows) - 1) for part in (1, 2, 3)]
        return np.stack([rows[at[0], 0], rows[at[0], 2], rows[at[2], 0], rows[at[2], 2], rows[at[1], 1]], 1)
