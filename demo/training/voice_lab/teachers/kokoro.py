"""Kokoro-82M v1.0: phones and a style -> speech at 24 kHz with the time of every phone."""

import fcntl
import json
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime

from .. import paths
from . import kokoro_graph, packs
from .phones import Token

RATE, SAMPLES_PER_UNIT = 24000, 600
LONGEST = 508
"""Phone tokens of one utterance."""
GRAPH, PROSODY = paths.TEACHERS / "kokoro-float.onnx", paths.TEACHERS / "kokoro-prosody.onnx"
PITCH_HOP = SAMPLES_PER_UNIT // 2


@cache
def vocabulary() -> dict[str, int]:
    """Phone symbol -> number; hibari ships the same table."""
    return json.loads((resources.files("hibari") / "assets" / "vocab.json").read_text("utf-8"))


@cache
def _session(graph: Path) -> onnxruntime.InferenceSession:
    kokoro_graph.prepare(GRAPH, PROSODY)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def prepare() -> None:
    """Makes the graph and unpacks the voice packs; of several that ask at once, one does it and the others wait."""
    paths.TEACHERS.mkdir(parents=True, exist_ok=True)
    with (paths.TEACHERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packs.fetch()
        kokoro_graph.prepare(GRAPH, PROSODY)


def speak(tokens: list[Token], style: np.ndarray, speed: float = 1.0) -> tuple[np.ndarray, list[int]]:
    """Known tokens and style [510, 256] -> (float32 samples, end sample of each token and of the pads around them). Raises ValueError where too long."""
    audio, units = _session(GRAPH).run(None, _feed(tokens, style, speed))
    ends = np.cumsum(units[0]).astype(np.int64) * SAMPLES_PER_UNIT
    if ends[-1] != len(audio):
        raise ValueError(f"durations add up to {ends[-1]} samples, the audio has {len(audio)}")
    return audio, ends.tolist()


def prosody(tokens: list[Token], style: np.ndarray, speed: float = 1.0) -> tuple[list[int], np.ndarray]:
    """What `speak` would say, without its sound: (end sample of each token and of the pads, F0 in Hz every `PITCH_HOP` samples)."""
    units, f0 = _session(PROSODY).run(None, _feed(tokens, style, speed))
    return (np.cumsum(units[0]).astype(np.int64) * SAMPLES_PER_UNIT).tolist(), f0.reshape(-1)


def _feed(tokens: list[Token], style: np.ndarray, speed: float) -> dict[str, np.ndarray]:
    if not 0 < len(tokens) <= LONGEST:
        raise ValueError(f"{len(tokens)} phone tokens, expected 1 to {LONGEST}")
    return {"tokens": np.array([[0, *(vocabulary()[t.symbol] for t in tokens), 0]]), "style": style[len(tokens) - 1][None],
            "speed": np.array([speed], dtype=np.float32)}
