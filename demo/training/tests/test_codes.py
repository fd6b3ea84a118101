"""Codes of labels: their parts, what a token is taken for, and that no phone is lost where there is room."""

import numpy as np
import torch

from voice_lab import codes, corpus

T = corpus.SAMPLES_PER_TOKEN


def test_every_code_is_what_its_parts_are_joined_to() -> None:
    every = torch.arange(codes.CODES)
    parts = codes.parts(every)
    assert torch.equal(codes.joined(*parts), every)
    assert [int(part.max()) + 1 for part in parts] == list(codes.SIZES)
    assert len(set(codes.CLASSES)) == len(codes.CLASSES) and codes.CLASSES[0] == ("pau", 0)


def test_phones_end_at_the_nearest_token() -> None:
    ends = np.array([T, 2 * T + T // 4, 5 * T])
    assert codes.spans(ends, 5).tolist() == [0, 1, 2, 2, 2]


def test_a_short_phone_has_a_token_too() -> None:
    ends = np.array([3 * T + 10, 3 * T + 300, 5 * T])
    assert codes.spans(ends, 5).tolist() in ([0, 0, 1, 2, 2], [0, 0, 0, 1, 2])


def test_no_phone_is_lost_and_none_is_far_from_its_place() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        lengths = rng.integers(1, 9, rng.integers(2, 60)) * 600
        ends = np.cumsum(lengths)
        tokens = -(-int(ends[-1]) // T)
        at = codes.spans(ends, tokens)
        assert len(at) == tokens and (np.diff(at) >= 0).all()
        assert len(np.unique(at)) == min(tokens, len(ends))
        made = np.searchsorted(at, np.arange(len(ends)), side="right") * T
        assert np.abs(made - ends).max() < 3 * T or len(ends) > 0.8 * tokens


def test_fewer_tokens_than_phones_are_the_first_phones() -> None:
    assert codes.spans(np.array([300, 600, 900, 1200]), 2).tolist() == [0, 1]


def test_levels_count_from_the_middle_of_the_utterance_whoever_speaks() -> None:
    f0 = np.repeat([0.0, 100, 100, 100, 130, 90, 105], 2)
    voiced = np.arange(7) > 0
    for height in (codes.heights(f0, T // 2, 7), codes.heights(2 * f0, T // 2, 7)):
        assert codes.levels(height, voiced).tolist() == [0, 3, 3, 3, 5, 2, 3]


def test_a_voiced_phone_without_a_pitch_is_as_its_neighbours() -> None:
    height = codes.heights(np.array([100.0, 0, 0, 0, 0, 0, 150, 150]), T // 2, 4)
    assert np.isnan(height).tolist() == [False, True, True, False]
    assert codes.levels(height, np.ones(4, dtype=bool)).tolist() == [1, 3, 3, 5]
    assert codes.levels(np.full(3, np.nan), np.array([True, False, True])).tolist() == [3, 0, 3]


def test_an_utterance_has_a_code_a_token_and_a_flag_where_a_phone_begins() -> None:
    rows = [["pau", T, -1, 0], ["zh:t", 2 * T, 0, 3], ["zh:a", 5 * T, 0, 3], ["no such phone", 6 * T, 1, 0]]
    made = codes.of(corpus.Utterance("lan", "打", "test", np.zeros(6 * T, dtype=np.int16), rows))
    phones, pitches, begins = codes.parts(made)
    assert [codes.CLASSES[k] for k in phones] == [("pau", 0), ("zh:t", 0), ("zh:a", 3), ("zh:a", 3), ("zh:a", 3), ("pau", 0)]
    assert pitches.tolist() == [0, 0, 3, 3, 3, 0] and begins.tolist() == [1, 1, 1, 0, 0, 1]


def test_a_recording_played_faster_has_the_codes_of_its_own_phones() -> None:
    time = np.arange(30 * T) / corpus.RATE
    sung = np.where(time < 0.6, np.sin(2 * np.pi * 120 * time), np.sin(2 * np.pi * 180 * time))
    u = corpus.Utterance("lan", "", "test", (sung * 9000).astype(np.int16), [["a", 15 * T, 0, 0], ["i", 30 * T, 0, 0]])
    faster = corpus.varied(u, 1.1)
    known, tracked = codes.of_played(faster, codes.tracked(u), 1.1), codes.of(faster)
    assert len(known) == faster.tokens == len(tracked)
    assert (known == tracked).mean() > 0.85


def test_codes_of_one_phone_start_near_each_other() -> None:
    table = codes.related(256, seed=1)
    assert table.shape == (codes.CODES, 256) and 0.9 < table.std() < 1.1
    one, pitch, flag, phone = codes.joined(torch.tensor([7, 7, 7, 8]), torch.tensor([2, 3, 2, 2]), torch.tensor([1, 1, 0, 1]))
    far = [(table[one] - table[other]).norm().item() for other in (flag, pitch, phone)]
    assert far == sorted(far) and far[2] > 1.5 * far[1] > 2 * far[0]
