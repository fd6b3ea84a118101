"""The flow's velocity estimator: a one-level causal UNet of residual convolutions and transformer blocks.

Keys and arithmetic as the reference's CausalConditionalDecoder. Input channels: noisy mel, mu, speaker, prompt mel.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .flow_encoder import block_mask


class CausalConv(nn.Conv1d):
    """Kernel 3, two frames of left context."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(F.pad(x, (2, 0)))


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of [B, C, T]."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class ConvBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.block = nn.Sequential(CausalConv(inputs, outputs), nn.Identity(), ChannelNorm(outputs), nn.Identity(), nn.Mish())

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.block(x * mask) * mask


class ResConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, time_size: int):
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(time_size, outputs))
        self.block1, self.block2 = ConvBlock(inputs, outputs), ConvBlock(outputs, outputs)
        self.res_conv = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        h = self.block1(x, mask) + self.mlp(time)[:, :, None]
        return self.block2(h, mask) + self.res_conv(x * mask)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, head_size: int):
        super().__init__()
        self.heads = heads
        inner = heads * head_size
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, inner, bias=False) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(inner, width)])

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.to_q, self.to_k, self.to_v))
        return self.to_out[0](F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None]).transpose(1, 2).flatten(2))


class Gelu(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.proj = nn.Linear(inputs, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(self.proj(x))


class Feed(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.net = nn.ModuleList([Gelu(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net[2](self.net[0](x))


class Transformer(nn.Module):
    def __init__(self, width: int, heads: int, head_size: int):
        super().__init__()
        self.norm1, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn1, self.ff = Attention(width, heads, head_size), Feed(width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = x + self.attn1(self.norm1(x), mask)
        return x + self.ff(self.norm3(x))


class TimeMlp(nn.Module):
    def __init__(self, inputs: int, size: int):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(inputs, size), nn.Linear(size, size)

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        return self.linear_2(F.silu(self.linear_1(t)))


def time_features(t: torch.Tensor, size: int) -> torch.Tensor:
    """t in 0..1, [B] -> sines and cosines of 1000 t: [B, size]."""
    half = size // 2
    rate = torch.exp(torch.arange(half, dtype=torch.float32) * -(math.log(10000) / (half - 1)))
    angle = 1000 * t.float()[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], 1)


class Estimator(nn.Module):
    """x, mu, cond [B, 80, T], spks [B, 80], t [B] -> velocity [B, 80, T]."""

    def __init__(self, inputs: int, outputs: int, width: int, heads: int, head_size: int, blocks: int, mid_blocks: int, block: int = 50):
        super().__init__()
        self.inputs, self.block = inputs, block
        size = 4 * width
        self.time_mlp = TimeMlp(inputs, size)

        def transformers() -> nn.ModuleList:
            return nn.ModuleList(Transformer(width, heads, head_size) for _ in range(blocks))

        self.down_blocks = nn.ModuleList([nn.ModuleList([ResConv(inputs, width, size), transformers(), CausalConv(width, width)])])
        self.mid_blocks = nn.ModuleList(nn.ModuleList([ResConv(width, width, size), transformers()]) for _ in range(mid_blocks))
        self.up_blocks = nn.ModuleList([nn.ModuleList([ResConv(2 * width, width, size), transformers(), CausalConv(width, width)])])
        self.final_block = ConvBlock(width, width)
        self.final_proj = nn.Conv1d(width, outputs, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, mu: torch.Tensor, t: torch.Tensor, spks: torch.Tensor,
                cond: torch.Tensor, streaming: bool) -> torch.Tensor:
        """`mask` [B, 1, T] is 1 on real frames; `streaming` limits attention to blocks of 50 frames."""
        length = x.shape[2]
        time = self.time_mlp(time_features(t, self.inputs))
        look = mask.bool()
        if streaming:
            look = look & block_mask(length, self.block)[None]
        look = look.expand(-1, length, -1)

        def attend(layers: nn.ModuleList, h: torch.Tensor) -> torch.Tensor:
            h = h.transpose(1, 2)
            for layer in layers:
                h = layer(h, look)
            return h.transpose(1, 2)

        h = torch.cat([x, mu, spks[:, :, None].expand(-1, -1, length), cond], 1)
        conv, layers, after = self.down_blocks[0]
        skip = attend(layers, conv(h, mask, time))
        h = after(skip * mask)
        for conv, layers in self.mid_blocks:
            h = attend(layers, conv(h, mask, time))
        conv, layers, after = self.up_blocks[0]
        h = after(attend(layers, conv(torch.cat([h, skip], 1), mask, time)) * mask)
        return self.final_proj(self.final_block(h, mask) * mask) * mask
