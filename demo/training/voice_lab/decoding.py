"""Decoding as the reference does it: repetition-aware sampling, plain order, and live text (5 text : 15 speech)."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from .language_model import SOS, TASK, LanguageModel

TEXT_BLOCK, SPEECH_BLOCK = 5, 15


@dataclass
class Sampling:
    """Nucleus of `top_p` (the crossing token included), at most `top_k`; a pick that occurred at least
    `window` * `repeat_share` times in the last `window` tokens is replaced by a draw from everything else."""

    greedy: bool = False
    top_p: float = 0.8
    top_k: int = 25
    window: int = 10
    repeat_share: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        self.random = torch.Generator().manual_seed(self.seed)

    def pick(self, logits: torch.Tensor, before: list[int], banned: Iterable[int] = ()) -> int:
        """One id from logits [S + 3]."""
        logits = logits.clone()
        for token in banned:
            logits[token] = float("-inf")
        if self.greedy:
            return int(logits.argmax())
        prob, order = logits.softmax(-1).sort(descending=True, stable=True)
        count = min(int((prob.cumsum(0) < self.top_p).sum()) + 1, self.top_k)
        token = int(order[torch.multinomial(prob[:count], 1, generator=self.random)])
        if before[-self.window:].count(token) >= self.window * self.repeat_share:
            logits[token] = float("-inf")
            token = int(torch.multinomial(logits.softmax(-1), 1, generator=self.random))
        return token


@torch.no_grad()
def plain(model: LanguageModel, text: torch.Tensor, prompt_text: torch.Tensor, prompt_speech: torch.Tensor, sampling: Sampling,
          shortest: float = 2.0, longest: float = 20.0) -> list[int]:
    """Speech tokens of a whole text."""
    rows = model.plain_rows(torch.cat([prompt_text, text]), prompt_speech)
    caches: list[list] = [[] for _ in range(model.sizes.layers)]
    out: list[int] = []
    for step in range(int(len(text) * longest)):
        logits = model.llm_decoder(model.states(rows, caches)[0, -1])
        token = sampling.pick(logits, out, [model.end] if step < int(len(text) * shortest) else [])
        if token >= model.end:
            break
        out.append(token)
        rows = model.speech_embedding.weight[token][None, None]
    return out


@torch.no_grad()
def live(model: LanguageModel, text: Iterable[int], prompt_text: torch.Tensor, prompt_speech: torch.Tensor, sampling: Sampling,
         limit: int = 3000) -> list[int]:
    """Speech tokens where text ids come one by one; the fill ids are left out of the result."""
    special, out = model.llm_embedding.weight, []
    caches: list[list] = [[] for _ in range(model.sizes.layers)]
    waiting = model.text_rows(prompt_text)
    prompt = model.speech_embedding(prompt_speech)
    rows = special[SOS][None]
    next_fill = (len(prompt) // SPEECH_BLOCK + 1) * SPEECH_BLOCK - len(prompt)

    def step(rows: torch.Tensor) -> torch.Tensor:
        return model.llm_decoder(model.states(rows[None], caches)[0, -1])

    for piece in text:
        waiting = torch.cat([waiting, model.text_rows(torch.tensor([piece]))])
        while len(prompt) and len(waiting) >= TEXT_BLOCK:
            rows = torch.cat([rows, waiting[:TEXT_BLOCK], prompt[:SPEECH_BLOCK]])
            waiting, prompt = waiting[TEXT_BLOCK:], prompt[SPEECH_BLOCK:]
        if len(prompt):
            continue
        filled = bool(out) and out[-1] == model.fill
        if filled or (not out and len(rows) == 1):
            if len(waiting) < TEXT_BLOCK:
                continue
            rows = waiting[:TEXT_BLOCK] if filled else torch.cat([rows, waiting[:TEXT_BLOCK]])
            waiting = waiting[TEXT_BLOCK:]
        while True:
            logits = step(rows)
            if len(out) == next_fill:
                token, next_fill = model.fill, next_fill + SPEECH_BLOCK + 1
            else:
                token = sampling.pick(logits, out, [model.end])
            if token == model.fill:
                next_fill = len(out) + SPEECH_BLOCK + 1
            out.append(token)
            if token >= model.end:
                break
            rows = model.speech_embedding.weight[token][None]
    rows = torch.cat([rows, waiting, special[TASK][None]])
    for _ in range(limit):
        token = sampling.pick(step(rows), out)
        if token >= model.end:
            break
        out.append(token)
        rows = model.speech_embedding.weight[token][None]
    return [token for token in out if token < model.end]
