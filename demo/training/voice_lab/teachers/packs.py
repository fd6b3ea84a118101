"""Kokoro's voice packs, and mixtures of them that pose as further speakers.

A pack is [510, 256]: row n-1 is for a text of n phone tokens; the first half shapes the timbre, the second the prosody.
"""

import subprocess
import tarfile
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from .. import paths

PACKAGE = "kokoro-js@1.2.1"
SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
FOLDER = paths.TEACHERS / "packs"
ROWS, SIZE = 510, 256
HELD_OUT = ("af_nova", "af_jessica", "am_eric", "am_liam", "bf_lily", "bm_lewis", "zm_yunxia", "zf_xiaobei", "ef_dora", "em_alex", "if_sara", "jm_kumo")
"""Never spoken with in training: they judge whether a prompt of an unknown voice is followed."""
POOR = ("zf_xiaoni", "af_nicole", "am_santa", "em_santa", "pm_santa")
"""Hard to understand, whispering, or a caricature."""


def fetch() -> None:
    """Unpacks the packs of the npm package unless they are there; raises ValueError where it is not the known file."""
    if FOLDER.exists():
        return
    paths.TEACHERS.mkdir(parents=True, exist_ok=True)
    archive = paths.TEACHERS / "kokoro-js-1.2.1.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=paths.TEACHERS, check=True, stdout=subprocess.DEVNULL)
    found = sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(f"{archive.name}: expected sha256 {SHA256}, got {found}")
    part = FOLDER.with_suffix(".part")
    part.mkdir(exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if Path(member.name).match("voices/*.bin"):
                (part / Path(member.name).name).write_bytes(tar.extractfile(member).read())
    part.replace(FOLDER)


@cache
def pack(name: str) -> np.ndarray:
    """float32 [510, 256]."""
    return np.fromfile(FOLDER / f"{name}.bin", dtype="<f4").reshape(ROWS, SIZE)


def names() -> list[str]:
    """Packs that training may use, in order."""
    return sorted(p.stem for p in FOLDER.glob("*.bin") if p.stem not in HELD_OUT + POOR)


def mixed(timbre: dict[str, float], prosody: dict[str, float] | None = None) -> np.ndarray:
    """Weighted means of packs: `timbre` for the first half, `prosody` (default: the same) for the second. [510, 256]."""
    def mean(weights: dict[str, float]) -> np.ndarray:
        return sum(weight * pack(name) for name, weight in weights.items()) / sum(weights.values())

    out = mean(timbre).copy()
    if prosody:
        out[:, SIZE // 2:] = mean(prosody)[:, SIZE // 2:]
    return out
