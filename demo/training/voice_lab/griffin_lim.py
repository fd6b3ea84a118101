"""A waveform for a mel without any trained vocoder (fast Griffin-Lim): the yardstick while there is none."""

import numpy as np
import torch

from . import features

ROUNDS, MOMENTUM = 40, 0.99


def wave_of(mel: torch.Tensor) -> np.ndarray:
    """log mel [80, T] at 24 kHz -> float32 samples at 24 kHz, 480 a frame."""
    filters = features.slaney_filters(features.MEL_RATE, 1920, 80, 0, 8000)
    magnitude = (torch.linalg.pinv(filters) @ mel.exp()).clamp(min=1e-6)
    window, length = torch.hann_window(1920), mel.shape[1] * features.HOP
    start = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(5)) * 2 * torch.pi
    phase, last = torch.polar(torch.ones_like(magnitude), start), torch.zeros_like(magnitude, dtype=torch.complex64)
    for _ in range(ROUNDS):
        wave = torch.istft(magnitude * phase, 1920, features.HOP, window=window, length=length)
        spec = torch.stft(wave, 1920, features.HOP, window=window, return_complex=True)[:, : mel.shape[1]]
        turned = spec + MOMENTUM * (spec - last)
        phase, last = turned / turned.abs().clamp(min=1e-8), spec
    return torch.istft(magnitude * phase, 1920, features.HOP, window=window, length=length).numpy()
