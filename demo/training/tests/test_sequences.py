"""Training sequences follow the reference's two orders."""

import numpy as np

from voice_lab import sequences

TEXT, SPEECH = np.arange(100, 112), np.arange(40)
END, FILL = 500, 502


def test_plain() -> None:
    s = sequences.plain(TEXT, SPEECH, END)
    assert len(s.ids) == len(s.table) == len(s.targets) == 1 + 12 + 1 + 40
    assert s.ids[s.text_at].tolist() == TEXT.tolist()
    assert s.targets[13:].tolist() == [*SPEECH, END]
    assert (s.targets[:13] == sequences.IGNORE).all()


def test_live() -> None:
    s = sequences.live(TEXT, SPEECH, END, FILL, repeat_last=True)
    assert s.ids[:22].tolist() == [0, *TEXT[:5], *SPEECH[:15], TEXT[5]]
    assert s.targets[:22].tolist() == [sequences.IGNORE] * 5 + [*SPEECH[:15], FILL] + [sequences.IGNORE]
    # after two full blocks: the last code again, the rest of the text, task, the rest of the speech
    assert s.ids[41:].tolist() == [SPEECH[29], *TEXT[10:], 1, *SPEECH[30:]]
    assert s.targets[41:].tolist() == [sequences.IGNORE] * 3 + [*SPEECH[30:], END]
    assert s.ids[s.text_at].tolist() == TEXT.tolist()


def test_live_needs_three_codes_per_text_token() -> None:
    assert sequences.live(np.arange(20), np.arange(50), END, FILL, repeat_last=False) is None


def test_a_prompts_codes_are_fed_and_no_target() -> None:
    for made, plain in ((sequences.plain(TEXT, SPEECH, END, given=18), sequences.plain(TEXT, SPEECH, END)),
                        (sequences.live(TEXT, SPEECH, END, FILL, True, given=18), sequences.live(TEXT, SPEECH, END, FILL, True))):
        assert made.ids.tolist() == plain.ids.tolist()
        changed = made.targets != plain.targets
        assert plain.targets[changed].tolist() == SPEECH[:18].tolist()
        assert (made.targets[changed] == sequences.IGNORE).all()
