"""Speech tokenizer: whisper log-mel -> one of 3^7 codes every 40 ms (finite scalar quantisation, phone-supervised).

The idea of CosyVoice2's tokenizer (a quantiser inside a recogniser) at a small size: seven numbers are rounded to
-1, 0 or 1. Three training-only helpers shape the codes: `PhoneReader` must name phone and tone from one single code,
`ContextReader` from a code and its neighbours, `MelGuess` must rebuild the mel from the codes and a speaker vector.
"""

import torch
import torch.nn.functional as F
from torch import nn

LEVELS, DIMENSIONS = 3, 7
CODES = LEVELS**DIMENSIONS
MEL_MEAN, MEL_SCALE = -5.5, 3.0
"""Rough centre and spread of the 80-bin log mel."""
TONES = 6
"""No tone, the four of Mandarin, and the light one."""
SPREAD = 1.27
"""Of each number before tanh: a third of a normal distribution of this width falls to each of -1, 0 and 1."""


class ConvNeXt(nn.Module):
    """Depthwise convolution, LayerNorm over channels, two pointwise layers, residual. [B, C, T]."""

    def __init__(self, channels: int, kernel: int = 5, widen: int = 3, dilation: int = 1):
        super().__init__()
        self.depth = nn.Conv1d(channels, channels, kernel, padding=kernel // 2 * dilation, dilation=dilation, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.up = nn.Linear(channels, channels * widen)
        self.down = nn.Linear(channels * widen, channels)
        nn.init.zeros_(self.down.bias)
        with torch.no_grad():
            self.down.weight.mul_(0.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(self.depth(x).transpose(1, 2))
        return x + self.down(F.gelu(self.up(h))).transpose(1, 2)


class SpeechEncoder(nn.Module):
    """[B, 128, T] -> [B, ceil(T / 4), 7], before rounding, each in (-1, 1).

    Each number is kept at zero mean and `SPREAD` (batch normalisation), so that all levels are in use from the start.
    """

    def __init__(self, width: int = 192, blocks: int = 4):
        super().__init__()
        self.first = nn.Conv1d(128, width, 3, stride=2, padding=1)
        self.second = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(ConvNeXt(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, DIMENSIONS)
        self.even = nn.BatchNorm1d(DIMENSIONS, affine=False, momentum=0.02)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        x = F.gelu(self.second(F.gelu(self.first(log_mel))))
        for block in self.blocks:
            x = block(x)
        numbers = self.out(self.norm(x.transpose(1, 2))).float()
        if self.training:
            even = self.even(numbers.flatten(0, 1)).view(numbers.shape)
        else:  # The same by constants, which export better.
            even = (numbers - self.even.running_mean) * (self.even.running_var + self.even.eps).rsqrt()
        return torch.tanh(even * SPREAD) * 0.999


def rounded(x: torch.Tensor) -> torch.Tensor:
    """Nearest of -1, 0, 1; gradients pass straight through."""
    return x + (torch.round(x) - x).detach()


def code_of(levels: torch.Tensor) -> torch.Tensor:
    """[..., 7] of -1, 0, 1 -> code number."""
    weights = torch.tensor([LEVELS**k for k in range(DIMENSIONS)], dtype=levels.dtype)
    return ((levels + 1) * weights).sum(-1).round().long()


def levels_of(codes: torch.Tensor) -> torch.Tensor:
    """Code number -> [..., 7] of -1, 0, 1."""
    return torch.stack([(codes // LEVELS**k) % LEVELS for k in range(DIMENSIONS)], -1).float() - 1


class PhoneReader(nn.Module):
    """Phone and tone at 1/4 and 3/4 of a token from its own code alone."""

    def __init__(self, phones: int):
        super().__init__()
        self.phones = phones
        self.net = nn.Sequential(nn.Linear(DIMENSIONS, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 2 * (phones + TONES)))

    def forward(self, levels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, T, 7] -> phone logits [B, T, 2, phones], tone logits [B, T, 2, 6]."""
        out = self.net(levels).unflatten(-1, (2, self.phones + TONES))
        return out[..., : self.phones], out[..., self.phones:]


class ContextReader(nn.Module):
    """Phone and tone at 1/4 and 3/4 of a token from the codes around it (seven to each side)."""

    def __init__(self, phones: int, width: int = 128, blocks: int = 3):
        super().__init__()
        self.phones = phones
        self.enter = nn.Conv1d(DIMENSIONS, width, 3, padding=1)
        self.blocks = nn.ModuleList(ConvNeXt(width) for _ in range(blocks))
        self.out = nn.Conv1d(width, 2 * (phones + TONES), 1)

    def forward(self, levels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, T, 7] -> phone logits [B, T, 2, phones], tone logits [B, T, 2, 6]."""
        x = self.enter(levels.transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        out = self.out(x).transpose(1, 2).unflatten(-1, (2, self.phones + TONES))
        return out[..., : self.phones], out[..., self.phones:]


class MelGuess(nn.Module):
    """Codes and speaker -> mel at two frames a token: [B, T, 7], [B] -> [B, 80, 2 T] (centred and scaled)."""

    def __init__(self, speakers: int, width: int = 192, blocks: int = 6):
        super().__init__()
        self.enter = nn.Conv1d(DIMENSIONS, width, 3, padding=1)
        self.speaker = nn.Embedding(speakers, width)
        self.coarse = nn.ModuleList(ConvNeXt(width) for _ in range(blocks - 2))
        self.split = nn.Conv1d(width, 2 * width, 1)
        self.fine = nn.ModuleList(ConvNeXt(width, kernel=7) for _ in range(2))
        self.out = nn.Conv1d(width, 80, 1)

    def forward(self, levels: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        x = self.enter(levels.transpose(1, 2)) + self.speaker(speaker)[:, :, None]
        for block in self.coarse:
            x = block(x)
        x = self.split(x)
        batch, both, time = x.shape
        x = x.view(batch, 2, both // 2, time).permute(0, 2, 3, 1).reshape(batch, both // 2, 2 * time)
        for block in self.fine:
            x = block(x)
        return self.out(x)


class ExportedTokenizer(nn.Module):
    """What goes into `speech_tokenizer_v2.onnx`: feats [1, 128, T], feats_length [1] -> indices int32 [1, ceil(T / 4)]."""

    def __init__(self, encoder: SpeechEncoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, feats: torch.Tensor, feats_length: torch.Tensor) -> torch.Tensor:
        levels = torch.round(self.encoder(feats))
        weights = torch.tensor([float(LEVELS**k) for k in range(DIMENSIONS)])
        codes = ((levels + 1) * weights).sum(-1)
        # int64: a graph whose Slice mixes the two integer types does not load.
        valid = (feats_length.to(torch.int64) + 3) // 4
        return codes[:, : valid[0]].to(torch.int32)
