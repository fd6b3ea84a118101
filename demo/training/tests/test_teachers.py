"""Phone tokens, their units and times: what every label of the training data rests on."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from voice_lab.teachers import kokoro_graph, phones
from voice_lab.text import phonemes, units


def symbols_by_unit(text: str) -> dict[int, str]:
    out: dict[int, str] = {}
    for token in phonemes.tokens(text):
        if token.unit >= 0 and token.symbol not in phones.MARKS:
            out[token.unit] = out.get(token.unit, "") + token.symbol
    return out


def test_units_are_words_and_characters() -> None:
    text = "我们用 Python 写了 a well-known app，don't worry。"
    assert [text[a:b] for a, b in units.spans(text)] == ["我", "们", "用", "Python", "写", "了", "a", "well-known", "app", "don't", "worry"]


def test_each_unit_has_its_own_phones() -> None:
    spoken = symbols_by_unit("我们用 Python 写信。")
    assert list(spoken) == [0, 1, 2, 3, 4, 5]
    assert spoken[0] == "wo↓" and spoken[3] == "pˈIθˌɑn" and spoken[5].endswith("↘n")


def test_units_follow_every_kind_of_line() -> None:
    for text in ("Good morning, and welcome!", "他说：“你好吗？”", "Peter，好久不见", "the code is four two seven", "儿童节快乐！OK"):
        assert set(symbols_by_unit(text)) == set(range(len(units.spans(text)))), text


def test_tones() -> None:
    tones = {token.unit: token.tone for token in phonemes.tokens("妈麻马骂吗") if token.unit >= 0}
    assert list(tones.values()) == [1, 2, 3, 4, 5]
    assert all(token.tone == 0 for token in phonemes.tokens("no tones here"))


def test_spans_join_marks_and_keep_the_end() -> None:
    tokens = phones.tokens_of("hˈi", 0, False) + [phones.Token(" ")] + phones.tokens_of("ma↘", 1, True) + [phones.Token(".")]
    lengths = np.array([9, 3, 1, 5, 1, 4, 6, 2, 8, 7]) * 600
    rows = phones.spans(tokens, np.cumsum(lengths).tolist())
    assert [name for name, *_ in rows] == ["pau", "h", "i", "zh:m", "zh:a", "pau"]
    assert rows[-1][1] == lengths.sum() and [row[1] for row in rows] == sorted(row[1] for row in rows)
    # Stress belongs to the vowel after it, a short gap to the phone before it, the tone mark to its vowel.
    assert rows[2] == ["i", (9 + 3 + 1 + 5 + 1) * 600, 0, 0] and rows[4][1:] == [(9 + 3 + 1 + 5 + 1 + 4 + 6 + 2) * 600, 1, 4]


def test_a_long_gap_is_a_pause() -> None:
    tokens = [phones.Token("a", 0), phones.Token(" "), phones.Token("o", 1)]
    assert [row[0] for row in phones.spans(tokens, [600, 1200, 4200, 4800, 5400])] == ["pau", "a", "pau", "o", "pau"]


@pytest.mark.parametrize("biased", [False, True])
def test_float_convolution_replaces_the_integer_one(biased: bool) -> None:
    """The rewritten graph gives what the quantised one approximates."""
    rng = np.random.default_rng(3)
    weights, bias = rng.integers(0, 255, (6, 4, 3)).astype(np.uint8), rng.standard_normal(6).astype(np.float32)
    constants = {"w": weights, "w_zero": np.array(128, np.uint8), "w_scale": np.array(0.01, np.float32), **({"bias": bias, "shape": np.array([1, 6, 1])} if biased else {})}
    nodes = [helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), helper.make_node("Mul", ["s", "w_scale"], ["both"]),
             helper.make_node("ConvInteger", ["q", "w", "z", "w_zero"], ["sum"], name="conv", pads=[1, 1])]
    last = "sum"
    if biased:
        nodes += [helper.make_node("Div", ["bias", "both"], ["b1"]), helper.make_node("Floor", ["b1"], ["b2"]),
                  helper.make_node("Cast", ["b2"], ["b3"], to=TensorProto.INT32), helper.make_node("Reshape", ["b3", "shape"], ["b4"]),
                  helper.make_node("Add", ["sum", "b4"], ["biased"])]
        last = "biased"
    nodes += [helper.make_node("Cast", [last], ["float"], to=TensorProto.FLOAT), helper.make_node("Mul", ["float", "both"], ["y"]),
              helper.make_node("Floor", ["y"], [kokoro_graph.DURATIONS])]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 9])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 6, 9])],
                              [numpy_helper.from_array(value, name) for name, value in constants.items()])
    before = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    after = kokoro_graph.rewritten(before.SerializeToString())
    assert {node.op_type for node in after.graph.node} == {"Conv", "Floor"}
    x = rng.standard_normal((1, 4, 9)).astype(np.float32)
    run = [onnxruntime.InferenceSession(model.SerializeToString()).run(["y"], {"x": x})[0] for model in (before, after)]
    assert np.abs(run[0] - run[1]).max() < 0.05 * np.abs(run[0]).max()
