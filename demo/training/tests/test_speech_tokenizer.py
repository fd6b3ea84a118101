"""The speech tokenizer: what it hears does not depend on how loud the rest is cut, and the exported graph against the module."""

from pathlib import Path

import onnxruntime
import pytest
import torch

from voice_lab import codes, export
from voice_lab.speech_tokenizer import MelGuess, SpeechEncoder

FRAMES = 403


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    """Untrained, with weights that are float16 numbers as in the exported file."""
    torch.manual_seed(5)
    return SpeechEncoder().half().float().eval().requires_grad_(False)


def test_it_reads_class_level_and_flag_of_each_token(encoder: SpeechEncoder) -> None:
    read = encoder(torch.randn(2, 128, FRAMES))
    assert [tuple(part.shape) for part in read] == [(2, 101, size) for size in codes.SIZES]
    made = encoder.codes(torch.randn(2, 128, FRAMES))
    assert made.min() >= 0 and made.max() < codes.CODES and len(made.unique()) > 10


def test_each_token_hears_the_whole_recording(encoder: SpeechEncoder) -> None:
    log_mel = torch.randn(1, 128, 800)
    changed = log_mel.clone()
    changed[:, :, 700:] += 2
    near, far = ((a - b).abs().max(-1).values[0] for a, b in zip(encoder(log_mel)[:1] * 2, (encoder(changed)[0], encoder(changed)[0]), strict=True))
    assert near[:100].max() > 0 and far[190:].mean() > 10 * near[:100].mean()


def test_the_exported_graph_gives_the_same_codes_at_any_length(encoder: SpeechEncoder, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.onnx"
    export.export_tokenizer(encoder, path)
    session = onnxruntime.InferenceSession(path)
    for frames in (FRAMES, 4, 1):
        log_mel = torch.randn(1, 128, frames)
        got = session.run(None, {"feats": log_mel.numpy(), "feats_length": torch.tensor([frames], dtype=torch.int32).numpy()})[0]
        wanted = encoder.codes(log_mel)
        assert got.shape == wanted.shape == (1, -(-frames // 4))
        # Of two that are as likely either may be taken.
        assert (torch.from_numpy(got) != wanted).sum() <= 1 + frames // 100


def test_a_guess_has_two_frames_for_each_code() -> None:
    guess = MelGuess(3)
    assert guess(torch.randint(0, codes.CODES, (2, 5)), torch.tensor([0, 2])).shape == (2, 80, 10)
