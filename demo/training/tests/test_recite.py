"""What the teachers would say is what they say: phones, times and most of the pitch, without the sound."""

import numpy as np
import pytest

from voice_lab import codes, corpus, recite, speak, speakers
from voice_lab.teachers import kokoro

SAID = [("grace", "Could you remind me to water the plants?", False), ("james", "The museum is closed on Mondays.", False),
        ("lan", "今天的天气很好，我们去公园走一走。", True)]


@pytest.fixture(scope="module", autouse=True)
def teachers() -> None:
    kokoro.prepare()


@pytest.mark.parametrize(("who", "text", "chinese"), SAID)
def test_recited_codes_are_those_of_the_sound(who: str, text: str, chinese: bool) -> None:
    speaker = speakers.all_speakers()[who]
    pcm, rows = speak.utterance(speaker, text, chinese, seed=1)
    pcm = np.pad(pcm, (0, -len(pcm) % corpus.SAMPLES_PER_TOKEN))
    heard = codes.parts(codes.of(corpus.Utterance(who, text, "test", pcm, rows)))
    code, samples, said = recite.recited(speaker, text, chinese)
    assert len(code) == -(-samples // corpus.SAMPLES_PER_TOKEN)
    assert [row[0] for row in said] == [row[0] for row in rows]
    assert np.abs(np.diff([0, *(row[1] for row in said)])[1:-1] - np.diff([0, *(row[1] for row in rows)])[1:-1]).max() == 0
    late = len(heard[0]) - len(code)
    assert 0 <= late <= 2
    phones, pitches, _ = codes.parts(code)
    best = max(range(late + 1), key=lambda k: (heard[0][k:k + len(code)] == phones).mean())
    assert (heard[0][best:best + len(code)] == phones).mean() > 0.75
    # A tracker and the teacher's own pitch: of five levels at most one off nearly everywhere.
    assert (np.abs(heard[1][best:best + len(code)] - pitches) <= 1).mean() > 0.8


def test_silence_at_the_ends_is_cut_and_inside_is_not() -> None:
    rows = [["pau", 9000, -1, 0], ["k", 12000, 0, 0], ["pau", 30000, -1, 0], ["t", 33000, 1, 0], ["pau", 60000, -1, 0]]
    cut, start, stop = recite.trimmed(rows)
    assert (start, stop) == (9000 - speak.LEAD, 33000 + speak.TAIL)
    assert [end for _, end, _, _ in cut] == [speak.LEAD, 3000 + speak.LEAD, 21000 + speak.LEAD, 24000 + speak.LEAD, stop - start]
    assert recite.trimmed([["a", 500, 0, 0]]) == ([["a", 500, 0, 0]], 0, 500)
