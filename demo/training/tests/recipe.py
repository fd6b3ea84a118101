"""The whole recipe in miniature from an empty folder, killed with -9 at random moments, ends with the same voice.

    .venv/bin/python -m pytest tests/recipe.py        minutes; not part of the quick tests
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).resolve().parents[1]
KILLS = 6


def start(folder: Path) -> subprocess.Popen:
    settings = {"LIGHT_TTS_VOICE_WORK": str(folder), "LIGHT_TTS_VOICE_POLL": "0.2", "LIGHT_TTS_VOICE_SAVE_EVERY": "1",
                "LIGHT_TTS_VOICE_PYTHON": str(HERE / ".venv" / "bin" / "python")}
    return subprocess.Popen([HERE / "run.sh", "--tiny", "--nice", "0"], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)


def done(folder: Path) -> int:
    """How many results lie there: a measure of progress that does not depend on the machine's speed."""
    return sum(1 for path in folder.rglob("*") if path.suffix in (".flac", ".jsonl", ".npz", ".pt", ".ckpt", ".tsv"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("killed"), random.Random(11)
    for _ in range(KILLS):
        job, before = start(folder), done(folder)
        while job.poll() is None and done(folder) < before + 3:
            time.sleep(0.05)
        time.sleep(rng.uniform(0, 3))
        job.send_signal(signal.SIGKILL)
        job.wait()
    assert start(folder).wait() == 0
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    assert start(folder).wait() == 0
    return folder


def test_speech_is_the_same(killed: Path, whole: Path) -> None:
    names = sorted(path.name for path in (whole / "speech").glob("*.jsonl"))
    assert names == sorted(path.name for path in (killed / "speech").glob("*.jsonl"))
    for name in names:
        for file in (name, name.replace("jsonl", "flac")):
            assert (whole / "speech" / file).read_bytes() == (killed / "speech" / file).read_bytes(), file


@pytest.mark.parametrize("name", ["llm.pt", "flow.pt", "hift.pt"])
def test_models_are_the_same(killed: Path, whole: Path, name: str) -> None:
    expected, got = (torch.load(folder / "voice" / name, weights_only=True) for folder in (whole, killed))
    assert expected.keys() == got.keys()
    assert [key for key in expected if not torch.equal(expected[key], got[key])] == []


def test_voice_is_complete(killed: Path) -> None:
    have = {str(path.relative_to(killed / "voice")) for path in (killed / "voice").rglob("*") if path.is_file()}
    assert have >= {"llm.pt", "flow.pt", "hift.pt", "spk2info.pt", "cosyvoice2.yaml", "campplus.onnx", "speech_tokenizer_v2.onnx",
                    "CosyVoice-BlankEN/vocab.json", "prompts/grace.wav", "prompts/lan.txt"}
    assert sum(path.stat().st_size for path in (killed / "voice").rglob("*") if path.is_file()) <= 26 * 2**20
