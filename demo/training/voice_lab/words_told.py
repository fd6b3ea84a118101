"""Training only: what the language model is told of words beside its codes: how they are spelled out, and which is said when."""

import torch
import torch.nn.functional as F
from torch import nn

from .language_model import LanguageModel, rotary_tables, rotate

WORD_PHONES = 12
"""At most, of a word that is told."""
WORD_LAYER = 2
"""Layers that have run when the phones must be readable; the next one has the head that looks at the word."""


class WordReader(nn.Module):
    """Training only: a word's phones from the middle state at its last text token."""

    def __init__(self, width: int, classes: int):
        super().__init__()
        self.place = nn.Parameter(torch.randn(WORD_PHONES, width) * 0.1)
        self.enter, self.out = nn.Linear(width, width), nn.Linear(width, classes)

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        return self.out(F.gelu(self.enter(state)[:, None] + self.place))


def pointer_loss(model: LanguageModel, middle: torch.Tensor, looks: torch.Tensor) -> torch.Tensor:
    """Mean of minus the logarithm of what head 0 of the layer that reads `middle` [B, T, C] gives to the right place.

    `looks` [N, 3]: row, position, the position that it should look at.
    """
    layer, head = model.llm.model.model.layers[WORD_LAYER], model.llm.model.model.layers[WORD_LAYER].self_attn.head
    h = layer.input_layernorm(middle)
    q, k = (F.linear(h, p.weight[:head], p.bias[:head])[:, None] for p in (layer.self_attn.q_proj, layer.self_attn.k_proj))
    tables = rotary_tables(torch.arange(middle.shape[1]), head)
    q, k = rotate(q, tables)[:, 0], rotate(k, tables)[:, 0]
    scores = (q @ k.transpose(1, 2)).float() / head**0.5
    ahead = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
    share = scores.masked_fill(ahead, float("-inf")).log_softmax(-1)
    return -share[looks[:, 0], looks[:, 1], looks[:, 2]].mean()
