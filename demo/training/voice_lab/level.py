"""Loudness of an utterance (K-weighted, gated in 400 ms blocks as in BS.1770) and the level that all speech is brought to."""

from functools import cache

import numpy as np

TARGET_LUFS, PEAK = -20.0, 0.95


@cache
def _weights(size: int, rate: int) -> np.ndarray:
    """Power response of the K filter at the bins of an rfft: high shelf of 4 dB at 1.68 kHz, high pass at 38 Hz."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))

    def response(b: tuple, a: tuple) -> np.ndarray:
        return np.abs((b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)) ** 2

    def shelf() -> tuple:
        gain, q, w = 10 ** (3.999843853973347 / 20), 0.7071752369554196, np.tan(np.pi * 1681.974450955533 / rate)
        middle = gain**0.4996667741545416
        return (gain + middle * w / q + w * w, 2 * (w * w - gain), gain - middle * w / q + w * w), (1 + w / q + w * w, 2 * (w * w - 1), 1 - w / q + w * w)

    def high_pass() -> tuple:
        q, w = 0.5003270373238773, np.tan(np.pi * 38.13547087602444 / rate)
        return (1.0, -2.0, 1.0), (1 + w / q + w * w, 2 * (w * w - 1), 1 - w / q + w * w)

    return response(*shelf()) * response(*high_pass())


def loudness(wave: np.ndarray, rate: int) -> float:
    """LUFS of mono float samples; -inf where nothing is loud enough to count."""
    size, hop = int(0.4 * rate), int(0.1 * rate)
    wave = np.pad(wave, (0, max(0, size - len(wave))))
    blocks = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]
    power = (np.abs(np.fft.rfft(blocks)) ** 2 * _weights(size, rate)).sum(1) * 2 / size**2
    level = -0.691 + 10 * np.log10(np.maximum(power, 1e-12))
    heard = power[level > -70]
    if not len(heard):
        return float("-inf")
    gate = -0.691 + 10 * np.log10(heard.mean()) - 10
    return float(-0.691 + 10 * np.log10(power[level > max(-70, gate)].mean()))


def levelled(wave: np.ndarray, rate: int) -> np.ndarray:
    """The wave at the target loudness, quieter where its peak would pass `PEAK`."""
    found = loudness(wave, rate)
    gain = 10 ** ((TARGET_LUFS - found) / 20) if np.isfinite(found) else 1.0
    peak = float(np.abs(wave).max()) if len(wave) else 0.0
    return wave * min(gain, PEAK / max(peak, 1e-9))
