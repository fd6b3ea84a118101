"""Speaker network: kaldi fbank -> 192 numbers that tell voices apart (what `campplus.onnx` holds)."""

import torch
import torch.nn.functional as F
from torch import nn

EMBEDDING = 192


class SpeakerNet(nn.Module):
    """Dilated convolutions, mean and spread over time, one linear layer. [B, T, 80] -> [B, 192]."""

    def __init__(self, width: int = 128):
        super().__init__()
        self.enter = nn.Conv1d(80, width, 5, padding=2)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in (1, 2, 3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(4))
        self.wide = nn.Conv1d(width, 2 * width, 1)
        self.out = nn.Linear(4 * width, EMBEDDING)
        self.last = nn.BatchNorm1d(EMBEDDING)

    def forward(self, fbank: torch.Tensor) -> torch.Tensor:
        x = self.norms[0](F.relu(self.enter(fbank.transpose(1, 2))))
        for layer, norm in zip(self.layers, self.norms[1:], strict=True):
            x = x + norm(F.relu(layer(x)))
        x = F.relu(self.wide(x))
        mean = x.mean(2)
        spread = ((x - mean[:, :, None]).square().mean(2) + 1e-5).sqrt()
        return self.last(self.out(torch.cat([mean, spread], 1)))


class CosineClasses(nn.Module):
    """Training head: additive-margin softmax over the cosine to one vector per voice and pitch variant."""

    def __init__(self, classes: int, scale: float = 20.0, margin: float = 0.15):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, EMBEDDING) * 0.1)
        self.scale, self.margin = scale, margin

    def forward(self, embedding: torch.Tensor, label: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        cosine = F.normalize(embedding, dim=1) @ F.normalize(self.weight, dim=1).T
        margin = F.one_hot(label, len(self.weight)) * self.margin
        return F.cross_entropy(self.scale * (cosine - margin), label), (cosine.argmax(1) == label).float().mean()
