"""Finds the golden reference data (a checkpoint and what the reference computes from it)."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch


def folder() -> Path:
    """The golden folder: $TINY_A, or beside the checkout. Skips the test where there is none."""
    here = Path(__file__).resolve().parents[3]
    for place in (os.environ.get("TINY_A"), here / "test/fixtures/tiny-a", here.parent / "shared/golden/tiny-a"):
        if place and (Path(place) / "cosyvoice2.yaml").exists():
            return Path(place)
    pytest.skip("golden data not found (set TINY_A)")


def array(name: str) -> torch.Tensor:
    return torch.from_numpy(np.load(folder() / "expected" / f"{name}.npy"))


def document(name: str):
    return json.loads((folder() / "expected" / name).read_text("utf-8"))


def weights(name: str) -> dict[str, torch.Tensor]:
    return torch.load(folder() / f"{name}.pt", weights_only=True)
