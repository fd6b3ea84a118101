"""A training that is killed with -9 at any moment ends with the same weights as one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys, torch
from pathlib import Path
from voice_lab import loop
from voice_lab.muon import MuonAndAdam
loop.begin()
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 4))
matrices, rest = [p for p in model.parameters() if p.ndim == 2], [p for p in model.parameters() if p.ndim == 1]
run = loop.Run("toy", Path(sys.argv[1]), {"model": model}, MuonAndAdam(matrices, rest, 0.2), 400, 0.02, save_every_s=0.02)
def loss_of(step):
    x = torch.randn(32, 8, generator=torch.Generator().manual_seed(step))
    return (model(x) - x[:, :4].sin()).square().mean(), {}
run.train(loss_of)
loop.save_atomically(model.state_dict(), Path(sys.argv[1]) / "toy.pt")
"""


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], cwd=HERE, stdout=subprocess.DEVNULL,
                            env={**os.environ, "OMP_NUM_THREADS": "1", "LIGHT_TTS_VOICE_WORK": str(folder)})


def test_same_weights_after_kills(tmp_path: Path) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    assert start(whole).wait() == 0
    rng, kills = random.Random(5), 0
    for _ in range(3):
        job = start(torn)
        checkpoint = torn / "toy.ckpt"
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while job.poll() is None and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before):
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        job.send_signal(signal.SIGKILL)
        kills += job.wait() == -signal.SIGKILL
    assert kills >= 1
    assert start(torn).wait() == 0
    expected, got = (torch.load(folder / "toy.pt", weights_only=True) for folder in (whole, torn))
    assert all(torch.equal(expected[key], got[key]) for key in expected)
