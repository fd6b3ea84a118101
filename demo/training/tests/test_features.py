"""Features against the golden arrays, within the tolerances that the golden README gives."""

import golden
import soundfile
import torch

from voice_lab import features


def wave(rate: int) -> torch.Tensor:
    return torch.from_numpy(soundfile.read(golden.folder() / f"inputs/prompt_{rate // 1000}k.wav", dtype="float32")[0])


def test_whisper_log_mel() -> None:
    want = golden.array("features/whisper_logmel_from16k")
    assert (features.whisper_log_mel(wave(16000)[None]) - want).abs().max() < 1e-4


def test_kaldi_fbank() -> None:
    want = golden.array("features/kaldi_fbank_from16k")
    assert (features.kaldi_fbank(wave(16000))[:100] - want.reshape(-1, 80))[:100].abs().max() < 2e-3


def test_mel_spectrogram() -> None:
    want = golden.array("features/mel24k_from24k").reshape(-1, 80)
    got = features.mel_spectrogram(wave(24000)[None])[0].T[: len(want)]
    assert (got - want)[want > features.LOG_FLOOR + 0.1].abs().max() < 1e-3
