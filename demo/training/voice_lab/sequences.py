"""Training sequences of the language model, in the reference's two orders.

plain   sos text task speech             targets: speech, end
live    sos (5 text, 15 speech) ...      targets: speech, fill after each 15; the rest of the text, task, the rest
        of the speech, end. As at inference, the last fed row may be repeated before the last text.

The first `given` codes are a prompt's: they are fed, and no target.
"""

from dataclasses import dataclass

import numpy as np

from .decoding import SPEECH_BLOCK, TEXT_BLOCK

IGNORE = -100
TEXT, SPEECH, SPECIAL = 0, 1, 2


@dataclass
class Sequence:
    """`table` says which embedding a row comes from (text, speech, sos/task), `ids` which row of it."""

    table: np.ndarray
    ids: np.ndarray
    targets: np.ndarray
    text_at: np.ndarray
    """Position of each text token in the sequence."""


def unlearnt(speech: np.ndarray, given: int) -> np.ndarray:
    return np.where(np.arange(len(speech)) < given, IGNORE, speech)


def plain(text: np.ndarray, speech: np.ndarray, end: int, given: int = 0) -> Sequence:
    n, m = len(text), len(speech)
    table = np.concatenate([[SPECIAL], np.full(n, TEXT), [SPECIAL], np.full(m, SPEECH)])
    ids = np.concatenate([[0], text, [1], speech])
    targets = np.concatenate([np.full(n + 1, IGNORE), unlearnt(speech, given), [end]])
    return Sequence(table, ids, targets, np.arange(1, n + 1))


def live(text: np.ndarray, speech: np.ndarray, end: int, fill: int, repeat_last: bool, given: int = 0) -> Sequence | None:
    """None where the speech is too short for the text (the blocks would run dry)."""
    blocks = len(text) // TEXT_BLOCK
    if blocks * SPEECH_BLOCK > len(speech) or blocks == 0:
        return None
    table, ids, targets, text_at = [SPECIAL], [0], [IGNORE], []
    wanted = unlearnt(speech, given)
    for k in range(blocks):
        words, sound = text[k * TEXT_BLOCK:(k + 1) * TEXT_BLOCK], speech[k * SPEECH_BLOCK:(k + 1) * SPEECH_BLOCK]
        text_at += range(len(ids), len(ids) + TEXT_BLOCK)
        table += [TEXT] * TEXT_BLOCK + [SPEECH] * SPEECH_BLOCK
        ids += [*words, *sound]
        targets += [IGNORE] * (TEXT_BLOCK - 1) + [*wanted[k * SPEECH_BLOCK:(k + 1) * SPEECH_BLOCK], fill]
    words, sound = text[blocks * TEXT_BLOCK:], speech[blocks * SPEECH_BLOCK:]
    if repeat_last:
        table, ids, targets = [*table, SPEECH], [*ids, ids[-1]], [*targets, IGNORE]
    text_at += range(len(ids), len(ids) + len(words))
    table += [TEXT] * len(words) + [SPECIAL] + [SPEECH] * len(sound)
    ids += [*words, 1, *sound]
    targets += [IGNORE] * len(words) + [*wanted[blocks * SPEECH_BLOCK:], end]
    return Sequence(np.array(table), np.array(ids), np.array(targets), np.array(text_at))
