"""Pitch targets: WORLD's DIO and StoneMask, one value per mel frame (its centre lies at (t + 1/2) * 20 ms)."""

import numpy as np
import pyworld

LOWEST, HIGHEST = 55.0, 500.0


def per_frame(wave: np.ndarray, rate: int, frames: int) -> np.ndarray:
    """float32 [frames] in Hz, 0 where there is no voice."""
    samples = wave.astype(np.float64)
    raw, times = pyworld.dio(samples, rate, f0_floor=LOWEST, f0_ceil=HIGHEST, frame_period=10.0)
    f0 = pyworld.stonemask(samples, raw, times, rate)[1::2]
    return np.pad(f0, (0, max(0, frames - len(f0))))[:frames].astype(np.float32)
