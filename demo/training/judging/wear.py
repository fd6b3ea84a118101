"""What recordings suffer before they reach a server."""

import numpy as np
import soxr

NOISE_SEED = 1


def _noisy(wave: np.ndarray, rate: int, decibels: float) -> tuple[np.ndarray, int]:
    level = np.sqrt((wave**2).mean()) * 10 ** (-decibels / 20)
    return wave + level * np.random.default_rng(NOISE_SEED).standard_normal(len(wave)).astype(np.float32), rate


def _silent_ends(wave: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    quiet = np.zeros(int(1.5 * rate), np.float32)
    return np.concatenate([quiet, wave, quiet]), rate


def _one_of_six(wave: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    channels = np.zeros((len(wave), 6), np.float32)
    channels[:, 4] = wave
    return channels, rate


WEARS = {
    "clean": lambda wave, rate: (wave, rate),
    "silence": _silent_ends,
    "quiet": lambda wave, rate: (wave * np.float32(10 ** (-40 / 20) / np.abs(wave).max()), rate),
    "one-of-six": _one_of_six,
    "telephone": lambda wave, rate: (soxr.resample(wave, rate, 8000), 8000),
    "noise": lambda wave, rate: _noisy(wave, rate, 20),
    "loud-noise": lambda wave, rate: _noisy(wave, rate, 10),
}
"""Name -> (float32 samples [n], rate) -> (samples [n] or [n, channels], rate): 1.5 s of silence at both ends; a peak of -40 dB; noise 20 and 10 dB below."""
