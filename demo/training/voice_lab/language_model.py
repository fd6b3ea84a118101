"""The language model: text -> speech tokens. Qwen2-shaped, with the reference's state-dict keys (`llm.pt`).

Sequence in plain order: sos, text, task, speech. Speech ids: 0..S-1 codes, S end, S+1 reserved, S+2 fill (live text).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .codes import CODES

SOS, TASK = 0, 1
ROPE_BASE = 1_000_000.0


@dataclass
class LanguageModelSizes:
    """Names as in the Qwen2 `config.json`."""

    speech_tokens: int = CODES
    vocab_size: int = 2048
    hidden_size: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    intermediate_size: int = 704


class RmsNorm(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (F.rms_norm(x.float(), (x.shape[-1],), eps=1e-6) * self.weight).to(x.dtype)


def rotary_tables(positions: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """cos and sin [T, size] for positions [T]."""
    rate = ROPE_BASE ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    angle = positions.float()[:, None] * rate
    angle = torch.cat([angle, angle], 1)
    return angle.cos(), angle.sin()


def rotate(x: torch.Tensor, tables: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    return (x * tables[0] + turned * tables[1]).to(x.dtype)


class SelfAttention(nn.Module):
    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        width, head = sizes.hidden_size, sizes.hidden_size // sizes.heads
        self.heads, self.kv_heads, self.head = sizes.heads, sizes.kv_heads, head
        self.q_proj, self.k_proj = nn.Linear(width, sizes.heads * head), nn.Linear(width, sizes.kv_heads * head)
        self.v_proj, self.o_proj = nn.Linear(width, sizes.kv_heads * head), nn.Linear(sizes.heads * head, width, bias=False)

    def forward(self, x: torch.Tensor, tables: tuple, cache: list | None) -> torch.Tensor:
        q, k, v = (p(x).unflatten(-1, (-1, self.head)).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k = rotate(q, tables), rotate(k, tables)
        if cache is not None:
            if cache:
                k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
            cache[:] = [k, v]
        causal = q.shape[2] > 1
        if causal and k.shape[2] > q.shape[2]:
            past = k.shape[2] - q.shape[2]
            look = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(past)
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=look, enable_gqa=True)
        else:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
        return self.o_proj(out.transpose(1, 2).flatten(2))


class SwiGlu(nn.Module):
    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.gate_proj = nn.Linear(sizes.hidden_size, sizes.intermediate_size, bias=False)
        self.up_proj = nn.Linear(sizes.hidden_size, sizes.intermediate_size, bias=False)
        self.down_proj = nn.Linear(sizes.intermediate_size, sizes.hidden_size, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.self_attn, self.mlp = SelfAttention(sizes), SwiGlu(sizes)
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(sizes.hidden_size), RmsNorm(sizes.hidden_size)

    def forward(self, x: torch.Tensor, tables: tuple, cache: list | None) -> torch.Tensor:
        x = x + self.self_attn(self.input_layernorm(x), tables, cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class _Decoder(nn.Module):
    """Holds the names `llm.model.model.*`."""

    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.embed_tokens = nn.Embedding(sizes.vocab_size, sizes.hidden_size)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.norm = RmsNorm(sizes.hidden_size)


class _CausalLm(nn.Module):
    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.model = _Decoder(sizes)
        self.lm_head = nn.Linear(sizes.hidden_size, sizes.vocab_size, bias=False)
        self.lm_head.weight = self.model.embed_tokens.weight


class _Wrapper(nn.Module):
    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.model = _CausalLm(sizes)


class LanguageModel(nn.Module):
    """Keys as the reference's Qwen2LM."""

    def __init__(self, sizes: LanguageModelSizes):
        super().__init__()
        self.sizes = sizes
        self.llm_embedding = nn.Embedding(2, sizes.hidden_size)
        self.llm = _Wrapper(sizes)
        self.llm_decoder = nn.Linear(sizes.hidden_size, sizes.speech_tokens + 3)
        self.speech_embedding = nn.Embedding(sizes.speech_tokens + 3, sizes.hidden_size)
        for table in (self.llm_embedding, self.llm.model.model.embed_tokens, self.speech_embedding):
            nn.init.normal_(table.weight, std=0.05)

    @property
    def end(self) -> int:
        return self.sizes.speech_tokens

    @property
    def fill(self) -> int:
        return self.sizes.speech_tokens + 2

    def text_rows(self, ids: torch.Tensor) -> torch.Tensor:
        return self.llm.model.model.embed_tokens(ids)

    def states(self, rows: torch.Tensor, caches: list[list] | None = None, keep: int | None = None) -> torch.Tensor | tuple:
        """Embeddings [B, T, C] -> last hidden states; with `keep` also the states after layer `keep`."""
        past = caches[0][0].shape[2] if caches and caches[0] else 0
        tables = rotary_tables(torch.arange(past, past + rows.shape[1]), self.sizes.hidden_size // self.sizes.heads)
        x, kept = rows, None
        for k, layer in enumerate(self.llm.model.model.layers):
            x = layer(x, tables, caches[k] if caches is not None else None)
            if keep == k + 1:
                kept = x
        x = self.llm.model.model.norm(x)
        return x if keep is None else (x, kept)

    def plain_rows(self, text: torch.Tensor, prompt_speech: torch.Tensor) -> torch.Tensor:
        """sos, text, task, prompt speech: [1, *, C]."""
        special = self.llm_embedding.weight
        return torch.cat([special[SOS][None], self.text_rows(text), special[TASK][None], self.speech_embedding(prompt_speech)])[None]
