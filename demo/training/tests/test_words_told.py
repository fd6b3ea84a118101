"""Each code's position looks at the word that the code is of, in both orders, with cut words and joined utterances."""

import numpy as np
import pytest
import torch

from voice_lab import paths, text_tokenizer
from voice_lab.language_model import LanguageModel, LanguageModelSizes
from voice_lab.text import units
from voice_lab.train_language_model import Batches, Hearing, Spoken
from voice_lab.words_told import WORD_LAYER, pointer_loss

TEXTS = ("The old river is low, and nobody minds.", "我们一起去公园走一走吧。")
PAUSE = -1


def spoken(text: str, rng: np.random.Generator) -> Spoken:
    """Codes are numbers from 0 on, so that each tells which it is; units in order, here and there a pause."""
    words = len(units.spans(text))
    unit = np.sort(rng.integers(0, words, 12 * words)).astype(np.int16)
    unit[rng.random(len(unit)) < 0.1] = PAUSE
    return Spoken("a", text, np.arange(len(unit)), None, [[] for _ in range(words)], unit)


@pytest.mark.parametrize("seed", range(30))
def test_looks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    batches = object.__new__(Batches)
    batches.tokenizer, batches.sizes, batches.hearing = text_tokenizer.load(paths.VOICE / "CosyVoice-BlankEN"), LanguageModelSizes(), Hearing([])
    batches.spoken = [spoken(text, rng) for text in TEXTS]
    group = [[0], [1], [0, 1]][seed % 3]
    sequence, _, looks = batches._example(group, rng)
    ends, offset, wanted = [], 0, []
    for k in group:
        s = batches.spoken[k]
        ends += [offset + end for _, end in units.spans(s.text)]
        first = len(ends) - len(units.spans(s.text))
        wanted += [None if u == PAUSE else ends[first + u] for u in s.unit]
        offset += len(s.text)
    text_ids = sequence.ids[sequence.text_at].tolist()
    numbers = np.concatenate([batches.spoken[k].codes for k in group])
    seen = 0
    code_at = np.flatnonzero((sequence.targets >= 0) & (sequence.targets < batches.sizes.speech_tokens))
    number_of = dict(zip(code_at.tolist(), range(len(numbers) - len(code_at), len(numbers)), strict=True))
    for at, token in looks.tolist():
        if at in number_of:
            read = len(batches.tokenizer.decode(text_ids[:sequence.text_at.tolist().index(token) + 1]))
            assert read == wanted[number_of[at]]
            seen += 1
    assert seen > 0.3 * len(numbers)


def test_a_head_that_looks_there_loses_nothing() -> None:
    model, middle = LanguageModel(LanguageModelSizes()), torch.randn(1, 6, 256)
    attention = model.llm.model.model.layers[WORD_LAYER].self_attn
    with torch.no_grad():
        for part in (attention.q_proj, attention.k_proj):
            part.weight.zero_()
            part.bias.zero_()
    even = pointer_loss(model, middle, torch.tensor([[0, 3, 1]]))
    assert abs(even.item() - np.log(4)) < 1e-5
    assert pointer_loss(model, middle, torch.tensor([[0, 0, 0]])).item() < 1e-6
