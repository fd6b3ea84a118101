"""How alike two voices are: Resemblyzer's speaker encoder (Apache-2.0), which shares nothing with this recipe's.

Its weights come from the package; the features are computed here. Different people score about 0.5, the same person 0.85.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from voice_lab import features

RATE, HOP, BANDS, HIDDEN = 16000, 160, 40, 256
PIECE, STEP = 160, 80
"""Frames of one look, and from one look to the next."""
LOUDNESS = 10 ** (-30 / 20)


class _Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, HIDDEN, 3, batch_first=True)
        self.linear = nn.Linear(HIDDEN, HIDDEN)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        _, (last, _) = self.lstm(mels)
        return F.normalize(F.relu(self.linear(last[-1])), dim=1)


@cache
def _encoder() -> _Encoder:
    # Found, not imported: the package's own code wants libraries that are not installed.
    folder = Path(find_spec("resemblyzer").submodule_search_locations[0])
    state = torch.load(folder / "pretrained.pt", map_location="cpu", weights_only=True)["model_state"]
    encoder = _Encoder().eval().requires_grad_(False)
    encoder.load_state_dict({key: value for key, value in state.items() if not key.startswith("similarity")})
    return encoder


def embedding(wave: np.ndarray) -> np.ndarray:
    """float32 samples at 16 kHz -> 256 numbers of length 1, the mean over looks of 1.6 s."""
    level = np.sqrt(np.mean(wave**2) + 1e-12)
    signal = torch.from_numpy(np.ascontiguousarray(wave * max(1.0, LOUDNESS / level), dtype=np.float32))
    spec = torch.stft(signal, 400, HOP, window=torch.hann_window(400), pad_mode="constant", return_complex=True)
    mel = (features.slaney_filters(RATE, 400, BANDS, 0, 8000) @ spec.abs().square()).T
    if len(mel) < PIECE:
        mel = mel.repeat(-(-PIECE // len(mel)), 1)[:PIECE]
    mean = _encoder()(mel.unfold(0, PIECE, STEP).transpose(1, 2)).mean(0)
    return F.normalize(mean, dim=0).numpy()


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of two waves' embeddings."""
    return float(embedding(a) @ embedding(b))
