"""Spectrograms of teacher and model side by side: python -m judging.pictures OUT.png VOICE "text" [VOICE "text" ...]"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from voice_lab import corpus, paths, prompts, speak, speakers
from voice_lab.synthesize import Voice


def draw(axis: plt.Axes, wave: np.ndarray, title: str) -> None:
    """0 to 12 kHz in dB; `wave` at 24 kHz."""
    noise = 1e-6 * np.random.default_rng(0).standard_normal(len(wave))
    axis.specgram(wave + noise, NFFT=768, Fs=corpus.RATE, noverlap=576, vmin=-120, vmax=-30, cmap="magma")
    axis.set_title(title, fontsize=8)
    axis.set_ylim(0, corpus.RATE / 2)


def main(path: str, pairs: list[tuple[str, str]]) -> None:
    model = Voice(paths.PREVIEW)
    figure, axes = plt.subplots(len(pairs), 2, figsize=(14, 3 * len(pairs)), squeeze=False)
    for row, (voice, text) in zip(axes, pairs, strict=True):
        pcm, _ = speak.utterance(speakers.all_speakers()[voice], text, prompts.PROMPTS[voice].language == "zh", seed=1)
        made = model.say(text, voice)
        draw(row[0], pcm.astype(np.float32) / 32768, f"teacher {voice}: {text if text.isascii() else 'Mandarin'}")
        draw(row[1], made, f"model, peak {np.abs(made).max():.2f}")
    figure.tight_layout()
    figure.savefig(path, dpi=70)


if __name__ == "__main__":
    main(sys.argv[1], list(zip(sys.argv[2::2], sys.argv[3::2], strict=True)))
