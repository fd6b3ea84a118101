"""The three spectral features of the reference, in PyTorch.

whisper_log_mel  speech tokenizer input   16 kHz -> [B, 128, T], 100 frames/s
kaldi_fbank      speaker network input    16 kHz -> [T, 80],     100 frames/s, mean-subtracted by the caller
mel_spectrogram  flow and vocoder         24 kHz -> [B, 80, T],   50 frames/s, natural log

`tests/test_features.py` checks them against the golden arrays.
"""

from functools import cache

import numpy as np
import soxr
import torch
import torch.nn.functional as F

MEL_RATE = 24000
HOP = 480
"""Samples per mel frame at 24 kHz."""
LOG_FLOOR = float(np.log(1e-5))


@cache
def slaney_filters(rate: int, n_fft: int, bins: int, low: float, high: float) -> torch.Tensor:
    """Area-normalised triangular filters on Slaney's mel scale: [bins, n_fft // 2 + 1]."""
    step, corner, log_step = 200.0 / 3, 1000.0, np.log(6.4) / 27

    def to_mel(hz: np.ndarray) -> np.ndarray:
        hz = np.asarray(hz, dtype=np.float64)
        return np.where(hz < corner, hz / step, corner / step + np.log(np.maximum(hz, 1e-9) / corner) / log_step)

    def to_hz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < corner / step, mel * step, corner * np.exp((mel - corner / step) * log_step))

    edges = to_hz(np.linspace(to_mel(low), to_mel(high), bins + 2))
    freqs = np.linspace(0, rate / 2, n_fft // 2 + 1)
    rise = (freqs - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - freqs) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return torch.from_numpy(weights.astype(np.float32))


def whisper_log_mel(wave: torch.Tensor) -> torch.Tensor:
    """[B, N] at 16 kHz -> [B, 128, N // 160], clamped to 8 decades below the loudest cell and scaled."""
    spec = torch.stft(wave, 400, 160, window=torch.hann_window(400), return_complex=True)[..., :-1]
    mel = slaney_filters(16000, 400, 128, 0, 8000) @ spec.abs().square()
    log = mel.clamp(min=1e-10).log10()
    return (torch.maximum(log, log.amax(dim=(1, 2), keepdim=True) - 8) + 4) / 4


@cache
def _kaldi_filters() -> torch.Tensor:
    def to_mel(hz: np.ndarray) -> np.ndarray:
        return 1127.0 * np.log(1 + np.asarray(hz) / 700.0)

    edges = np.linspace(to_mel(20.0), to_mel(8000.0), 82)
    bins = to_mel(np.arange(256) * 16000 / 512)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return torch.from_numpy(np.maximum(0, np.minimum(rise, fall)).astype(np.float32))


def kaldi_fbank(wave: torch.Tensor) -> torch.Tensor:
    """[N] at 16 kHz (+-1) -> [T, 80]; 25 ms frames every 10 ms, povey window, no dither. Not mean-subtracted."""
    frames = wave.unfold(0, 400, 160)
    frames = frames - frames.mean(1, keepdim=True)
    frames = frames - 0.97 * torch.cat([frames[:, :1], frames[:, :-1]], 1)
    frames = frames * torch.hann_window(400, periodic=False).pow(0.85)
    power = torch.fft.rfft(F.pad(frames, (0, 112))).abs().square()[:, :256]
    return (power @ _kaldi_filters().T).clamp(min=torch.finfo(torch.float32).eps).log()


def mel_spectrogram(wave: torch.Tensor) -> torch.Tensor:
    """[B, N] at 24 kHz -> [B, 80, about N / 480]."""
    padded = F.pad(wave[:, None], (720, 720), mode="reflect")[:, 0]
    spec = torch.stft(padded, 1920, HOP, window=torch.hann_window(1920), center=False, return_complex=True)
    magnitude = (torch.view_as_real(spec).square().sum(-1) + 1e-9).sqrt()
    return (slaney_filters(24000, 1920, 80, 0, 8000) @ magnitude).clamp(min=1e-5).log()


def resample(wave: np.ndarray, source: int, target: int) -> np.ndarray:
    """Band-limited resampling of float32 samples."""
    return wave if source == target else soxr.resample(wave, source, target, quality="HQ").astype(np.float32)
