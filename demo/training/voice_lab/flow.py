"""Token -> mel by conditional flow matching, with the reference's state-dict keys (`flow.pt`)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .codes import CODES
from .flow_encoder import FlowEncoder
from .flow_estimator import Estimator

MEL = 80
NOISE_FRAMES = 15000
GUIDANCE = 1.5
"""Of this voice at inference (the reference's is 0.7): a small flow is sharper so."""


@dataclass
class FlowSizes:
    """Names as in `cosyvoice2.yaml`."""

    vocab_size: int = CODES
    width: int = 192
    attention_heads: int = 4
    linear_units: int = 384
    num_blocks: int = 2
    channels: int = 128
    n_blocks: int = 1
    num_mid_blocks: int = 1
    num_heads: int = 2
    attention_head_dim: int = 32
    spk_embed_dim: int = 192


def time_steps(steps: int = 10) -> torch.Tensor:
    """Cosine schedule: `steps` + 1 times from 0 to 1."""
    return 1 - torch.cos(torch.linspace(0, 1, steps + 1) * 0.5 * torch.pi)


def noise_table() -> torch.Tensor:
    """The fixed start noise [1, 80, 15000]; frame 0 is the first prompt frame."""
    return torch.randn(1, MEL, NOISE_FRAMES, generator=torch.Generator().manual_seed(0))


class _Decoder(nn.Module):
    def __init__(self, estimator: Estimator):
        super().__init__()
        self.estimator = estimator


class Flow(nn.Module):
    """Speech tokens, speaker embedding and prompt mel -> mel."""

    def __init__(self, sizes: FlowSizes):
        super().__init__()
        self.sizes = sizes
        self.input_embedding = nn.Embedding(sizes.vocab_size, sizes.width)
        self.spk_embed_affine_layer = nn.Linear(sizes.spk_embed_dim, MEL)
        self.encoder = FlowEncoder(sizes.width, sizes.width, sizes.attention_heads, sizes.linear_units, sizes.num_blocks)
        self.encoder_proj = nn.Linear(sizes.width, MEL)
        self.decoder = _Decoder(Estimator(4 * MEL, MEL, sizes.channels, sizes.num_heads, sizes.attention_head_dim,
                                          sizes.n_blocks, sizes.num_mid_blocks))

    def speaker(self, embedding: torch.Tensor) -> torch.Tensor:
        """[B, 192] -> [B, 80]."""
        return self.spk_embed_affine_layer(F.normalize(embedding, dim=1))

    def mu(self, tokens: torch.Tensor, streaming: bool, lengths: torch.Tensor | None = None, finalize: bool = True) -> torch.Tensor:
        """[B, T] -> [B, 80, 2 T]; without `finalize` the last three tokens only serve as look-ahead."""
        x = self.input_embedding(tokens)
        h = self.encoder(x, streaming, lengths) if finalize else self.encoder(x[:, :-3], streaming, lengths, x[:, -3:])
        return self.encoder_proj(h).transpose(1, 2)

    @torch.no_grad()
    def solve(self, mu: torch.Tensor, spks: torch.Tensor, cond: torch.Tensor, streaming: bool, steps: int = 10,
              guidance: float = 0.7) -> torch.Tensor:
        """Euler from noise to mel with two rows: conditioned and not (zero mu, speaker and prompt)."""
        x, times = noise_table()[:, :, : mu.shape[2]].to(mu.dtype), time_steps(steps)
        none = torch.zeros_like
        mask = torch.ones(2, 1, mu.shape[2], dtype=mu.dtype)
        both = (torch.cat([mu, none(mu)]), torch.cat([spks, none(spks)]), torch.cat([cond, none(cond)]))
        for now, after in zip(times[:-1], times[1:], strict=True):
            velocity = self.decoder.estimator(x.expand(2, -1, -1), mask, both[0], now.expand(2), both[1], both[2], streaming)
            x = x + (after - now) * ((1 + guidance) * velocity[:1] - guidance * velocity[1:])
        return x

    @torch.no_grad()
    def inference(self, tokens: torch.Tensor, prompt_tokens: torch.Tensor, prompt_mel: torch.Tensor, embedding: torch.Tensor,
                  streaming: bool = False, finalize: bool = True, steps: int = 10, guidance: float = 0.7) -> torch.Tensor:
        """tokens [1, T], prompt_tokens [1, P], prompt_mel [1, 2 P, 80], embedding [1, 192] -> mel [1, 80, 2 T] of the reply."""
        mu = self.mu(torch.cat([prompt_tokens, tokens], 1), streaming, finalize=finalize)
        cond, known = torch.zeros_like(mu), prompt_mel.shape[1]
        cond[:, :, :known] = prompt_mel.transpose(1, 2)
        return self.solve(mu, self.speaker(embedding), cond, streaming, steps, guidance)[:, :, known:]
