"""Bad recordings made of good ones: noise, telephone band, coarse coding, level. What prompts from the world are like."""

import numpy as np
import soxr

RATE = 16000


def noise(length: int, rng: np.random.Generator) -> np.ndarray:
    """Unit-power noise whose spectrum falls by 0 to 9 dB an octave, swelling slowly in half of the draws."""
    white = np.fft.rfft(rng.standard_normal(length))
    tilt = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 40.0) ** -rng.uniform(0, 1.5)
    wave = np.fft.irfft(white * tilt, length)
    if rng.random() < 0.5:
        knots = rng.uniform(0.3, 1.0, max(2, length // RATE + 2))
        wave = wave * np.interp(np.linspace(0, len(knots) - 1, length), np.arange(len(knots)), knots)
    return wave / np.sqrt(np.mean(wave**2) + 1e-12)


def with_noise(wave: np.ndarray, decibels: float, rng: np.random.Generator) -> np.ndarray:
    """`wave` with noise at a signal-to-noise ratio over the whole piece."""
    power = np.sqrt(np.mean(wave**2) + 1e-12)
    return wave + noise(len(wave), rng) * power * 10 ** (-decibels / 20)


def telephone(wave: np.ndarray) -> np.ndarray:
    """As after a recording at 8 kHz: nothing above 4 kHz."""
    narrow = soxr.resample(wave, RATE, RATE // 2, quality="HQ")
    wide = soxr.resample(narrow, RATE // 2, RATE, quality="HQ")
    return np.pad(wide, (0, max(0, len(wave) - len(wide))))[: len(wave)]


def coded(wave: np.ndarray, bits: int) -> np.ndarray:
    """Logarithmic coding as on telephone lines, with `bits` a sample."""
    peak, steps = np.abs(wave).max() + 1e-9, 2 ** (bits - 1)
    squeezed = np.sign(wave) * np.log1p(255 * np.abs(wave) / peak) / np.log(256)
    rounded = np.round(squeezed * steps) / steps
    return np.sign(rounded) * np.expm1(np.abs(rounded) * np.log(256)) / 255 * peak


def spoiled(wave: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """float32 at 16 kHz; `share` of the calls change it in one or several of these ways."""
    if rng.random() >= share:
        return wave
    out = wave.astype(np.float64)
    kinds = rng.random(3)
    if kinds[0] < 0.4:
        out = telephone(out)
    if kinds[1] < 0.25:
        out = coded(out, int(rng.integers(6, 9)))
    if kinds[2] < 0.6 or (kinds[0] >= 0.4 and kinds[1] >= 0.25):
        out = with_noise(out, rng.uniform(5, 30), rng)
    return out.astype(np.float32)
