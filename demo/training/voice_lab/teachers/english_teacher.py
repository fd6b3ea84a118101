"""hibari: one female English voice, a small student of Kokoro, about seventy times faster than it."""

from functools import cache
from importlib import resources

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from .kokoro import vocabulary
from .phones import Token

DURATIONS, SAMPLES_PER_UNIT = "/Clip_output_0", 600


@cache
def _session() -> onnxruntime.InferenceSession:
    model = onnx.load_from_string((resources.files("hibari") / "assets" / "hibari.onnx").read_bytes())
    model.graph.output.append(helper.make_empty_tensor_value_info(DURATIONS))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def speak(tokens: list[Token], seed: int, speed: float = 1.0) -> tuple[np.ndarray, list[int]]:
    """Known tokens -> (float32 samples at 24 kHz, end sample of each token and of the pads around them)."""
    from hibari import dsp

    *parts, units = _session().run(None, _feed(tokens, speed))
    audio = dsp.synth(*(part[0] for part in parts), np.random.default_rng(seed))
    ends = np.cumsum(units.reshape(-1)).astype(np.int64) * SAMPLES_PER_UNIT
    if ends[-1] != len(audio):
        raise ValueError(f"durations add up to {ends[-1]} samples, the audio has {len(audio)}")
    return audio, ends.tolist()


def prosody(tokens: list[Token], speed: float = 1.0) -> tuple[list[int], np.ndarray, int]:
    """What `speak` would say, without its sound: (end sample of each token and of the pads, F0 in Hz, samples between its values)."""
    *_, f0, units = _session().run(None, _feed(tokens, speed))
    ends = np.cumsum(units.reshape(-1)).astype(np.int64) * SAMPLES_PER_UNIT
    return ends.tolist(), f0.reshape(-1), int(ends[-1]) // f0.size


def _feed(tokens: list[Token], speed: float) -> dict[str, np.ndarray]:
    return {"ids": np.array([[0, *(vocabulary()[t.symbol] for t in tokens), 0]]), "speed": np.array([speed], dtype=np.float32)}
