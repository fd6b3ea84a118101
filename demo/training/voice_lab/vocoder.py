"""The HiFT vocoder: neural source filter and inverse STFT, with the reference's state-dict keys.

mel [B, 80, T] at 50 frames/s -> f0 [B, T] in Hz -> excitation [B, 1, 480 T] at 24 kHz -> waveform [B, 480 T].
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

RATE, SAMPLES_PER_FRAME = 24000, 480


@dataclass
class VocoderSizes:
    """Names as in `cosyvoice2.yaml`."""

    base_channels: int = 128
    f0_channels: int = 96
    upsample_rates: list[int] = field(default_factory=lambda: [8, 5, 3])
    upsample_kernel_sizes: list[int] = field(default_factory=lambda: [16, 11, 7])
    resblock_kernel_sizes: list[int] = field(default_factory=lambda: [3, 7])
    resblock_dilation_sizes: list[list[int]] = field(default_factory=lambda: [[1], [1, 3]])
    source_resblock_kernel_sizes: list[int] = field(default_factory=lambda: [3, 3, 3])
    source_resblock_dilation_sizes: list[list[int]] = field(default_factory=lambda: [[1], [1], [1]])
    nb_harmonics: int = 8
    n_fft: int = 16
    hop_len: int = 4
    sine_amplitude: float = 0.1
    noise_sigma: float = 0.003
    voiced_threshold: float = 10.0
    slope: float = 0.1
    audio_limit: float = 0.99


class Snake(nn.Module):
    """x + sin(a x)^2 / a, one a per channel."""

    def __init__(self, channels: int):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        alpha = self.alpha[None, :, None]
        return x + torch.sin(x * alpha).square() / (alpha + 1e-9)


def _conv(channels: int, kernel: int, dilation: int) -> nn.Module:
    conv = nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=(kernel - 1) * dilation // 2)
    return weight_norm(conv)


class ResBlock(nn.Module):
    """Pairs of a dilated and a plain convolution, each behind a Snake."""

    def __init__(self, channels: int, kernel: int, dilations: list[int]):
        super().__init__()
        self.convs1 = nn.ModuleList(_conv(channels, kernel, d) for d in dilations)
        self.convs2 = nn.ModuleList(_conv(channels, kernel, 1) for _ in dilations)
        self.activations1 = nn.ModuleList(Snake(channels) for _ in dilations)
        self.activations2 = nn.ModuleList(Snake(channels) for _ in dilations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for a1, c1, a2, c2 in zip(self.activations1, self.convs1, self.activations2, self.convs2, strict=True):
            x = x + c2(a2(c1(a1(x))))
        return x


class PitchPredictor(nn.Module):
    """mel -> f0 in Hz (below the voiced threshold: no voice)."""

    def __init__(self, mel_bins: int, channels: int):
        super().__init__()
        layers: list[nn.Module] = []
        for k in range(5):
            layers += [weight_norm(nn.Conv1d(mel_bins if k == 0 else channels, channels, 3, padding=1)), nn.ELU()]
        self.condnet = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, 1)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.condnet(mel).transpose(1, 2)).squeeze(-1).abs()


class HarmonicSource(nn.Module):
    """f0 [B, T] -> excitation [B, 1, 480 T]: nine sines and noise, merged by one linear layer and tanh."""

    def __init__(self, sizes: VocoderSizes):
        super().__init__()
        self.sizes = sizes
        self.l_linear = nn.Linear(sizes.nb_harmonics + 1, 1)

    @torch.no_grad()
    def waves(self, f0: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """The nine sines with noise: [B, 480 T, 9]. `noise` (same shape) replaces the random draw."""
        sizes = self.sizes
        harmonics = torch.arange(1, sizes.nb_harmonics + 2, dtype=f0.dtype)
        turns = (f0[:, None, :] * harmonics[None, :, None] / RATE) % 1
        phase = turns.cumsum(2) * (2 * torch.pi * SAMPLES_PER_FRAME)
        phase = F.interpolate(phase, scale_factor=SAMPLES_PER_FRAME, mode="linear")
        voiced = (f0 > sizes.voiced_threshold).to(f0.dtype).repeat_interleave(SAMPLES_PER_FRAME, 1)[:, None]
        level = voiced * sizes.noise_sigma + (1 - voiced) * sizes.sine_amplitude / 3
        noise = torch.randn_like(phase) if noise is None else noise.transpose(1, 2)
        return (torch.sin(phase) * sizes.sine_amplitude * voiced + level * noise).transpose(1, 2)

    def forward(self, f0: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        return torch.tanh(self.l_linear(self.waves(f0, noise))).transpose(1, 2)


class Vocoder(nn.Module):
    """HiFT generator. Keys as the reference's `hift.pt` (without the `generator.` prefix)."""

    def __init__(self, sizes: VocoderSizes, mel_bins: int = 80):
        super().__init__()
        self.sizes = sizes
        base, bins = sizes.base_channels, sizes.n_fft + 2
        self.m_source = HarmonicSource(sizes)
        self.conv_pre = weight_norm(nn.Conv1d(mel_bins, base, 7, padding=3))
        self.ups, self.source_downs = nn.ModuleList(), nn.ModuleList()
        self.source_resblocks, self.resblocks = nn.ModuleList(), nn.ModuleList()
        stages = len(sizes.upsample_rates)
        for i, (rate, kernel) in enumerate(zip(sizes.upsample_rates, sizes.upsample_kernel_sizes, strict=True)):
            channels = base // 2 ** (i + 1)
            self.ups.append(weight_norm(nn.ConvTranspose1d(base // 2**i, channels, kernel, rate, padding=(kernel - rate) // 2)))
            down = 1
            for later in sizes.upsample_rates[i + 1:]:
                down *= later
            self.source_downs.append(nn.Conv1d(bins, channels, 1) if i == stages - 1 else
                                     nn.Conv1d(bins, channels, 2 * down, down, padding=down // 2))
            self.source_resblocks.append(ResBlock(channels, sizes.source_resblock_kernel_sizes[i], sizes.source_resblock_dilation_sizes[i]))
            for kernel_size, dilations in zip(sizes.resblock_kernel_sizes, sizes.resblock_dilation_sizes, strict=True):
                self.resblocks.append(ResBlock(channels, kernel_size, dilations))
        self.conv_post = weight_norm(nn.Conv1d(base // 2**stages, bins, 7, padding=3))
        self.f0_predictor = PitchPredictor(mel_bins, sizes.f0_channels)
        self.register_buffer("window", torch.hann_window(sizes.n_fft), persistent=False)

    def source_spectrum(self, source: torch.Tensor) -> torch.Tensor:
        """[B, 1, N] -> [B, 18, N / 4 + 1]: real parts, then imaginary parts."""
        spec = torch.stft(source[:, 0], self.sizes.n_fft, self.sizes.hop_len, window=self.window, return_complex=True)
        return torch.cat([spec.real, spec.imag], 1)

    def decode(self, mel: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """mel [B, 80, T] and excitation [B, 1, 480 T] -> waveform [B, 480 T]."""
        spectrum = self.source_spectrum(source)
        x, kernels = self.conv_pre(mel), len(self.sizes.resblock_kernel_sizes)
        for i, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, self.sizes.slope))
            if i == len(self.ups) - 1:
                x = F.pad(x, (1, 0), mode="reflect")
            x = x + self.source_resblocks[i](self.source_downs[i](spectrum))
            x = sum(block(x) for block in self.resblocks[i * kernels:(i + 1) * kernels]) / kernels
        x = self.conv_post(F.leaky_relu(x)).float()
        half = self.sizes.n_fft // 2 + 1
        magnitude, phase = x[:, :half].exp().clamp(max=1e2), torch.sin(x[:, half:])
        wave = torch.istft(torch.polar(magnitude, phase), self.sizes.n_fft, self.sizes.hop_len, window=self.window)
        return wave.clamp(-self.sizes.audio_limit, self.sizes.audio_limit)

    def forward(self, mel: torch.Tensor, f0: torch.Tensor | None = None) -> torch.Tensor:
        """mel -> waveform; `f0` replaces the predicted pitch."""
        return self.decode(mel, self.m_source(self.f0_predictor(mel) if f0 is None else f0))
