"""Speech tokenizer: whisper log-mel -> a code every 40 ms (`codes.py`), as a recogniser of phones, tones and pitch.

`MelGuess`, a helper of training only, makes a rough mel of codes and a speaker: what the ear understands of it says how good
codes are before there is a flow.
"""

import torch
import torch.nn.functional as F
from torch import nn

from . import codes

MEL_MEAN, MEL_SCALE = -5.5, 3.0
"""Rough centre and spread of the 80-bin log mel."""


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
    """[B, 128, T] -> logits of class, level and flag: [B, ceil(T / 4), classes], [.., levels], [.., 2].

    After its first blocks each token also sees the mean of the whole recording: whose voice it is, and how high.
    """

    def __init__(self, width: int = 192, dilations: tuple[int, ...] = (1, 1, 2, 1, 2, 1)):
        super().__init__()
        self.first = nn.Conv1d(128, width, 3, stride=2, padding=1)
        self.second = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.near = nn.ModuleList(ConvNeXt(width, dilation=dilation) for dilation in dilations[:2])
        self.whole = nn.Linear(width, width)
        self.far = nn.ModuleList(ConvNeXt(width, dilation=dilation) for dilation in dilations[2:])
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, sum(codes.SIZES))

    def forward(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = F.gelu(self.second(F.gelu(self.first(log_mel))))
        for block in self.near:
            x = block(x)
        x = x + self.whole(x.mean(2))[:, :, None]
        for block in self.far:
            x = block(x)
        phones, pitches, begins = self.out(self.norm(x.transpose(1, 2))).split(codes.SIZES, -1)
        return phones, pitches, begins

    def codes(self, log_mel: torch.Tensor) -> torch.Tensor:
        """[B, 128, T] -> [B, ceil(T / 4)]."""
        return codes.joined(*(logits.argmax(-1) for logits in self(log_mel)))


class MelGuess(nn.Module):
    """Codes and speaker -> mel at two frames a token: [B, T], [B] -> [B, 80, 2 T] (centred and scaled)."""

    def __init__(self, speakers: int, width: int = 192, blocks: int = 6):
        super().__init__()
        self.parts = nn.ModuleList(nn.Embedding(size, width) for size in codes.SIZES)
        self.enter = nn.Conv1d(width, width, 3, padding=1)
        self.speaker = nn.Embedding(speakers, width)
        self.coarse = nn.ModuleList(ConvNeXt(width) for _ in range(blocks - 2))
        self.split = nn.Conv1d(width, 2 * width, 1)
        self.fine = nn.ModuleList(ConvNeXt(width, kernel=7) for _ in range(2))
        self.out = nn.Conv1d(width, 80, 1)

    def forward(self, code: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        known = sum(table(part) for table, part in zip(self.parts, codes.parts(code), strict=True))
        x = self.enter(known.transpose(1, 2)) + self.speaker(speaker)[:, :, None]
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
        # int64: a graph whose Slice mixes the two integer types does not load.
        valid = (feats_length.to(torch.int64) + 3) // 4
        return self.encoder.codes(feats)[:, : valid[0]].to(torch.int32)
