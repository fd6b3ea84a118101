"""Spectrograms of teacher and model side by side: python -m judging.pictures OUT.png VOICE "text" [VOICE "text" ...]"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from voice_lab import paths, speak
from voice_lab.features import resample
from voice_lab.synthesize import RATE, Voice


def draw(axis: plt.Axes, wave: np.ndarray, title: str) -> None:
    """0 to 8 kHz in dB; `wave` at 16 kHz."""
    axis.specgram(wave + 1e-6 * np.random.default_rng(0).standard_normal(len(wave)), NFFT=512, Fs=16000, noverlap=384, vmin=-120, vmax=-30, cmap="magma")
    axis.set_title(title, fontsize=8)
    axis.set_ylim(0, 8000)


def main(path: str, pairs: list[tuple[str, str]]) -> None:
    model = Voice(paths.PREVIEW)
    teacher = [pcm.astype(np.float32) / 32768 for _, pcm in speak.speak(pairs)]
    figure, axes = plt.subplots(len(pairs), 2, figsize=(14, 3 * len(pairs)), squeeze=False)
    for row, (voice, text), true in zip(axes, pairs, teacher, strict=True):
        made = resample(model.say(text, voice), RATE, 16000)
        draw(row[0], true, f"teacher {voice}: {text if text.isascii() else 'Mandarin'}")
        draw(row[1], made, f"model, peak {np.abs(made).max():.2f}")
    figure.tight_layout()
    figure.savefig(path, dpi=70)


if __name__ == "__main__":
    main(sys.argv[1], list(zip(sys.argv[2::2], sys.argv[3::2], strict=True)))
