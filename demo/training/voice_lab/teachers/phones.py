"""Kokoro's phone tokens as labelled spans of time: what supervises the speech tokenizer and the language model."""

from dataclasses import dataclass

STRESS, LENGTH, TONES = "ˈˌ", "ːʰʲ̃", {"→": 1, "↗": 2, "↓": 3, "↘": 4}
MARKS = ";:,.!?—…\"()“”"
SHORT_GAP = 1500
"""Samples at 24 kHz: a space between words shorter than this belongs to the phone before it."""


@dataclass(frozen=True)
class Token:
    """One phone symbol; `unit` is the word or Chinese character it belongs to, -1 for none; `tone` 0 for none, 1..5."""

    symbol: str
    unit: int = -1
    tone: int = 0
    chinese: bool = False


PAD = Token(",")
"""What stands for the pads at both ends: they are silent."""


def tokens_of(symbols: str, unit: int, chinese: bool) -> list[Token]:
    """Tokens of one word or syllable. A syllable's tone mark gives the tone of all its phones; 5 where there is none."""
    tone = next((TONES[s] for s in symbols if s in TONES), 5) if chinese else 0
    return [Token(symbol, unit, tone, chinese) for symbol in symbols]


def spans(tokens: list[Token], ends: list[int]) -> list[list]:
    """`ends`: last sample of the pad before, of each token, of the pad after. Rows [name, end sample, unit, tone]: stress joins the phone after it; length, breath and tone marks the one before it.

    Names of Mandarin phones begin with "zh:". Pauses are "pau", unit -1, tone 0; neighbouring pauses are one row.
    """
    rows: list[list] = []
    begin = 0
    for token, end in zip([PAD, *tokens, PAD], ends, strict=True):
        length, begin = end - begin, end
        if token.symbol in STRESS:
            continue
        last = rows[-1] if rows else None
        if token.symbol in LENGTH or token.symbol in TONES:
            if last and last[0] != "pau":
                last[0] += token.symbol if token.symbol in LENGTH else ""
                last[1] = end
            continue
        pause = token.symbol in MARKS or (token.symbol == " " and (length >= SHORT_GAP or not last or last[0] == "pau"))
        if token.symbol == " " and not pause:
            last[1] = end
        elif pause and last and last[0] == "pau":
            last[1] = end
        elif pause:
            rows.append(["pau", end, -1, 0])
        else:
            rows.append([("zh:" if token.chinese else "") + token.symbol, end, token.unit, token.tone])
    return rows
