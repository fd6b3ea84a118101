"""Which number format the matrix products of training use: bf16 where the processor multiplies it, else float32."""

import contextlib
from functools import cache
from pathlib import Path

import torch

FLAGS = ("amx_bf16", "avx512_bf16")


@cache
def has_bf16() -> bool:
    """Without these units bf16 is emulated, at about a third of float32's speed."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "").split()
    return any(flag in flags for flag in FLAGS)


def products() -> contextlib.AbstractContextManager:
    """Context of a forward pass."""
    return torch.autocast("cpu", torch.bfloat16) if has_bf16() else contextlib.nullcontext()
