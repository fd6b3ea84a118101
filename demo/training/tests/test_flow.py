"""The flow against the golden arrays: same weights, same numbers."""

import golden
import pytest
import torch

from voice_lab.flow import Flow, FlowSizes, noise_table, time_steps


@pytest.fixture(scope="module")
def flow() -> Flow:
    sizes = FlowSizes(vocab_size=486, width=64, attention_heads=4, linear_units=128, num_blocks=2, channels=64, n_blocks=1,
                      num_mid_blocks=2, num_heads=2, attention_head_dim=32)
    model = Flow(sizes)
    model.load_state_dict(golden.weights("flow"))
    return model.eval().requires_grad_(False)


def given(name: str) -> torch.Tensor:
    return golden.array(f"flow/{name}")


def test_schedule_and_noise() -> None:
    assert (time_steps() - given("t_span")).abs().max() < 1e-6
    assert torch.equal(noise_table()[:, :, :300], given("rand_noise_300"))


@pytest.mark.parametrize(("name", "streaming", "finalize"), [("full_final", False, True), ("stream_final", True, True),
                                                             ("stream_ctx", True, False), ("full_ctx", False, False)])
def test_encoder(flow: Flow, name: str, streaming: bool, finalize: bool) -> None:
    tokens = torch.cat([given("prompt_token"), given("token")], 1).long()
    got = flow.mu(tokens, streaming, finalize=finalize).transpose(1, 2)
    assert (got - given(f"mu_{name}")).abs().max() < 2e-4


@pytest.mark.parametrize("frames", [50, 100, 137])
@pytest.mark.parametrize("streaming", [False, True])
def test_estimator(flow: Flow, frames: int, streaming: bool) -> None:
    x, mu, t, spks, cond = (given(f"est{frames}_{part}") for part in ("x", "mu", "t", "spks", "cond"))
    got = flow.decoder.estimator(x, torch.ones(2, 1, frames), mu, t, spks, cond, streaming)
    assert (got - given(f"est{frames}_out_{'stream' if streaming else 'full'}")).abs().max() < 5e-4


@pytest.mark.parametrize(("name", "streaming"), [("mel_a", False), ("mel_b", True)])
def test_inference(flow: Flow, name: str, streaming: bool) -> None:
    got = flow.inference(given("token").long(), given("prompt_token").long(), given("prompt_feat"), given("embedding"), streaming)
    assert (got - given(name)).abs().max() < 1e-3
