"""The flow's encoder: speech tokens at 25 Hz -> hidden states at 50 Hz (conformer blocks without convolution).

Keys and arithmetic as the reference's UpsampleConformerEncoder with relative positions, `normalize_before`, no
macaron layer and no convolution module.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def block_mask(size: int, block: int) -> torch.Tensor:
    """bool [size, size]: position i sees everything up to the end of its own block of `block` positions."""
    at = torch.arange(size)
    return at[None, :] < ((at // block + 1) * block)[:, None]


def relative_positions(size: int, width: int) -> torch.Tensor:
    """[1, 2 size - 1, width]: sinusoids of the distances size-1 ... -(size-1)."""
    distance = torch.arange(size - 1, -size, -1, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * -(math.log(10000.0) / width))
    table = torch.zeros(2 * size - 1, width)
    table[:, 0::2], table[:, 1::2] = torch.sin(distance * rate), torch.cos(distance * rate)
    return table[None]


class RelativeAttention(nn.Module):
    """Self-attention with relative positions and two learned biases (Transformer-XL)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.linear_q, self.linear_k = nn.Linear(width, width), nn.Linear(width, width)
        self.linear_v, self.linear_out = nn.Linear(width, width), nn.Linear(width, width)
        self.linear_pos = nn.Linear(width, width, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, self.size))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, self.size))
        nn.init.xavier_uniform_(self.pos_bias_u)
        nn.init.xavier_uniform_(self.pos_bias_v)

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (self.heads, self.size))

    def forward(self, x: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x [B, T, C], positions [1, 2 T - 1, C], mask bool [B or 1, T, T] (True = may look)."""
        time = x.shape[1]
        q, k, v = self._split(self.linear_q(x)), self._split(self.linear_k(x)), self._split(self.linear_v(x)).transpose(1, 2)
        p = self._split(self.linear_pos(positions)).transpose(1, 2)
        content = (q + self.pos_bias_u).transpose(1, 2) @ k.permute(0, 2, 3, 1)
        placed = (q + self.pos_bias_v).transpose(1, 2) @ p.transpose(2, 3)
        # row i holds distances T-1 ... -(T-1); column j of the result is distance i - j
        shifted = F.pad(placed, (1, 0)).flatten(2).unflatten(2, (2 * time, time))[:, :, 1:].reshape_as(placed)[..., :time]
        scores = ((content + shifted) / math.sqrt(self.size)).masked_fill(~mask[:, None], float("-inf"))
        return self.linear_out((torch.softmax(scores, -1) @ v).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int):
        super().__init__()
        self.w_1, self.w_2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w_2(F.silu(self.w_1(x)))


class EncoderLayer(nn.Module):
    def __init__(self, width: int, heads: int, inner: int):
        super().__init__()
        self.self_attn, self.feed_forward = RelativeAttention(width, heads), FeedForward(width, inner)
        self.norm_ff, self.norm_mha = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.norm_mha(x), positions, mask)
        return x + self.feed_forward(self.norm_ff(x))


class Embed(nn.Module):
    """Linear and LayerNorm, scaled by sqrt(width); nothing is added for the position."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        self.out = nn.Sequential(nn.Linear(inputs, width), nn.LayerNorm(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(x) * math.sqrt(self.out[0].out_features)


class LookAhead(nn.Module):
    """Two convolutions: three tokens to the right, then two to the left; residual."""

    def __init__(self, width: int, right: int):
        super().__init__()
        self.right = right
        self.conv1, self.conv2 = nn.Conv1d(width, width, right + 1), nn.Conv1d(width, width, 3)

    def forward(self, x: torch.Tensor, context: torch.Tensor | None) -> torch.Tensor:
        h = x.transpose(1, 2)
        h = F.pad(h, (0, self.right)) if context is None else torch.cat([h, context.transpose(1, 2)], 2)
        h = self.conv2(F.pad(F.leaky_relu(self.conv1(h)), (2, 0)))
        return h.transpose(1, 2) + x


class UpConv(nn.Module):
    """Each state twice, then a causal convolution over five."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv1d(width, width, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.pad(x.transpose(1, 2).repeat_interleave(2, 2), (4, 0))).transpose(1, 2)


class FlowEncoder(nn.Module):
    """[B, T, C_in] -> [B, 2 T, C]."""

    def __init__(self, inputs: int, width: int, heads: int, inner: int, blocks: int, up_blocks: int = 4, look_ahead: int = 3, block: int = 25):
        super().__init__()
        self.block, self.width = block, width
        self.embed = Embed(inputs, width)
        self.pre_lookahead_layer = LookAhead(width, look_ahead)
        self.encoders = nn.ModuleList(EncoderLayer(width, heads, inner) for _ in range(blocks))
        self.up_layer = UpConv(width)
        self.up_embed = Embed(width, width)
        self.up_encoders = nn.ModuleList(EncoderLayer(width, heads, inner) for _ in range(up_blocks))
        self.after_norm = nn.LayerNorm(width)

    def _run(self, layers: nn.ModuleList, x: torch.Tensor, block: int, valid: torch.Tensor | None) -> torch.Tensor:
        time = x.shape[1]
        mask = (block_mask(time, block) if block else torch.ones(time, time, dtype=torch.bool))[None]
        if valid is not None:
            mask = mask & (torch.arange(time) < valid[:, None])[:, None]
        positions = relative_positions(time, self.width).to(x.dtype)
        for layer in layers:
            x = layer(x, positions, mask)
        return x

    def forward(self, x: torch.Tensor, streaming: bool, lengths: torch.Tensor | None = None, context: torch.Tensor | None = None) -> torch.Tensor:
        """`lengths` [B] in tokens where the batch is padded; `context` [B, 3, C_in] = tokens beyond the end."""
        x = self.pre_lookahead_layer(self.embed(x), None if context is None else self.embed(context))
        x = self._run(self.encoders, x, self.block if streaming else 0, lengths)
        x = self.up_embed(self.up_layer(x))
        x = self._run(self.up_encoders, x, 2 * self.block if streaming else 0, None if lengths is None else 2 * lengths)
        return self.after_norm(x)
