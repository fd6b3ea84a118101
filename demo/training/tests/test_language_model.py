"""The language model against the golden arrays: same weights, same numbers and the same greedy tokens."""

import golden
import numpy as np
import pytest
import torch

from voice_lab.language_model import LanguageModel, LanguageModelSizes
from voice_lab.decoding import Sampling, live, plain
from voice_lab.train_language_model import Hearing, Spoken


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    sizes = LanguageModelSizes(speech_tokens=486, vocab_size=2304, hidden_size=64, layers=2, heads=4, kv_heads=2, intermediate_size=160)
    lm = LanguageModel(sizes)
    lm.load_state_dict(golden.weights("llm"))
    return lm.eval().requires_grad_(False)


@pytest.mark.parametrize("case", golden.document("llm/cases.json"), ids=lambda case: case["case"])
def test_plain(model: LanguageModel, case: dict) -> None:
    text = torch.tensor(case["prompt_text_ids"] + case["text_ids"])
    prompt = torch.tensor(case["prompt_speech"], dtype=torch.long)
    rows = model.plain_rows(text, prompt)
    assert (rows - golden.array(f"llm/{case['case']}_lm_input")).abs().max() < 1e-6
    first = model.llm_decoder(model.states(rows)[0, -1]).log_softmax(-1)
    assert (first - golden.array(f"llm/{case['case']}_logp_step1")).abs().max() < 1e-3
    ratio = len(case["tokens"]) / len(case["text_ids"]) if not case["complete"] else case["ratios"].get("max_token_text_ratio", 20)
    got = plain(model, torch.tensor(case["text_ids"]), torch.tensor(case["prompt_text_ids"], dtype=torch.long), prompt,
                Sampling(greedy=True), case["ratios"].get("min_token_text_ratio", 2), ratio + 1e-6)
    assert got == case["tokens"]


@pytest.mark.parametrize("case", golden.document("llm/bistream.json"), ids=lambda case: case["case"])
def test_live(model: LanguageModel, case: dict) -> None:
    pieces = [event["id"] for event in case["events"] if event["type"] == "text"]
    got = live(model, pieces, torch.tensor(case["prompt_text_ids"], dtype=torch.long), torch.tensor(case["prompt_speech"], dtype=torch.long),
               Sampling(greedy=True), limit=1 + len(case["tokens"]))
    want = [token for token in case["tokens"] if token < model.end]
    assert got[: len(want)] == want


def test_what_has_no_sound_is_heard_as_speech_was() -> None:
    spoken = [Spoken("a", "", np.array([1, 1, 2, 1], dtype=np.uint16), np.array([1, 5, 6, 1], dtype=np.uint16), [], np.zeros(4, int)),
              Spoken("a", "", np.array([3], dtype=np.uint16), None, [], np.zeros(1, int))]
    heard = Hearing(spoken).of(np.array([1] * 3000 + [2] * 3 + [3, 0, 9]), np.random.default_rng(1))
    assert set(heard[:3000]) == {1, 5} and 0.3 < (heard[:3000] == 5).mean() < 0.37
    assert heard[3000:].tolist() == [6, 6, 6, 3, 0, 9]
    assert Hearing(spoken[1:]).of(np.array([3, 4]), np.random.default_rng(1)).tolist() == [3, 4]
