"""The speech tokenizer: codes and their levels, all levels in use, and the exported graph against the module."""

from pathlib import Path

import onnxruntime
import pytest
import torch

from voice_lab import export
from voice_lab.speech_tokenizer import CODES, ContextReader, PhoneReader, SpeechEncoder, code_of, levels_of

FRAMES = 403


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    """Untrained, with the statistics of some batches, and weights that are float16 numbers as in the exported file."""
    torch.manual_seed(5)
    made = SpeechEncoder().half().float().train()
    with torch.no_grad():
        for _ in range(300):
            made(torch.randn(4, 128, 128))
    return made.eval().requires_grad_(False)


def test_every_code_has_its_own_levels() -> None:
    codes = torch.arange(CODES)
    assert torch.equal(code_of(levels_of(codes)), codes)


def test_each_number_uses_all_three_levels_before_any_training(encoder: SpeechEncoder) -> None:
    levels = torch.round(encoder(torch.randn(8, 128, 256))).flatten(0, 1)
    for level in (-1, 0, 1):
        share = (levels == level).float().mean(0)
        assert share.min() > 0.25 and share.max() < 0.42, (level, share)


def test_constants_of_a_trained_encoder_give_the_codes_that_batches_gave(encoder: SpeechEncoder) -> None:
    log_mel = torch.randn(16, 128, 512)
    alone = torch.round(encoder(log_mel))
    together = torch.round(encoder.train()(log_mel))
    encoder.eval()
    assert (alone == together).float().mean() > 0.93


def test_the_exported_graph_gives_the_same_codes_at_any_length(encoder: SpeechEncoder, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.onnx"
    export.export_tokenizer(encoder, path)
    session = onnxruntime.InferenceSession(path)
    for frames in (FRAMES, 4, 1):
        log_mel = torch.randn(1, 128, frames)
        got = session.run(None, {"feats": log_mel.numpy(), "feats_length": torch.tensor([frames], dtype=torch.int32).numpy()})[0]
        wanted = code_of(torch.round(encoder(log_mel)))
        assert got.shape == wanted.shape == (1, -(-frames // 4))
        # A number at a threshold may fall to the other side.
        assert (torch.from_numpy(got) != wanted).sum() <= 1 + frames // 100


def test_readers_name_a_phone_and_a_tone_twice_a_token() -> None:
    levels = torch.zeros(2, 5, levels_of(torch.tensor(0)).shape[0])
    for reader in (PhoneReader(11), ContextReader(11)):
        phone, tone = reader(levels)
        assert phone.shape == (2, 5, 2, 11) and tone.shape == (2, 5, 2, 6)
