"""The vocoder against the golden arrays: same weights, same numbers."""

import golden
import pytest
import torch

from voice_lab.vocoder import Vocoder, VocoderSizes


@pytest.fixture(scope="module")
def vocoder() -> Vocoder:
    sizes = VocoderSizes(base_channels=32, f0_channels=32, resblock_kernel_sizes=[3, 7, 11], resblock_dilation_sizes=[[1, 3, 5]] * 3,
                         source_resblock_kernel_sizes=[7, 7, 11], source_resblock_dilation_sizes=[[1, 3, 5]] * 3)
    model = Vocoder(sizes)
    model.load_state_dict(golden.weights("hift"))
    return model.eval().requires_grad_(False)


def test_pitch(vocoder: Vocoder) -> None:
    assert (vocoder.f0_predictor(golden.array("hift/mel120")) - golden.array("hift/f0")).abs().max() < 0.01


def test_source(vocoder: Vocoder) -> None:
    f0 = golden.array("hift/f0")
    silent = torch.zeros(1, 480 * f0.shape[1], 9)
    assert (vocoder.m_source(f0, silent) - golden.array("hift/source_zero")).abs().max() < 5e-3
    noisy = vocoder.m_source(f0[:, :5], golden.array("hift/noise5"))
    assert (noisy - golden.array("hift/source_noise5")).abs().max() < 5e-3


def test_decode(vocoder: Vocoder) -> None:
    got = vocoder.decode(golden.array("hift/mel120")[:, :, :60], golden.array("hift/given_source"))
    assert (got - golden.array("hift/decode_given_source")).abs().max() < 1e-4
