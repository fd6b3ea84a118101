"""Text -> Kokoro's phone tokens, each with the unit (word or Chinese character) it belongs to.

English goes through hibari's phonemiser, Mandarin word by word through jieba, pypinyin and misaki's table, as Kokoro was
trained. Texts may mix both. Digits must already be words.
"""

import re
import warnings
from functools import cache

from ..teachers.kokoro import vocabulary
from ..teachers.phones import Token, tokens_of
from . import units

CHINESE_MARKS = str.maketrans({"，": ", ", "。": ". ", "！": "! ", "？": "? ", "、": ", ", "；": "; ", "：": ": ",
                               "“": "", "”": "", "‘": "", "’": "'", "《": "", "》": "", "（": ", ", "）": ", ", "—": " — ", "…": "… "})
PIECES = re.compile(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")


@cache
def _english():
    from hibari.g2p import G2P

    return G2P()


@cache
def syllable(pinyin: str) -> str:
    """Numbered pinyin -> phone symbols with a tone mark."""
    from misaki.zh import ZHG2P

    return ZHG2P.py2ipa(pinyin).replace("\u032f", "")


def _chinese_words(run: str) -> list[list[str]]:
    """Symbols of each character, word by word."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    from pypinyin import Style, lazy_pinyin

    jieba.setLogLevel(60)
    return [[syllable(reading) for reading in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)] for word in jieba.lcut(run)]


def _english_tokens(piece: str, first_unit: int) -> list[Token]:
    """Tokens of a piece without Chinese characters; units are known where words and phone groups pair off."""
    symbols = _english()(piece).strip()
    groups, count = symbols.split(" ") if symbols else [], len(units.spans(piece))
    spoken = [group for group in groups if any(s.isalpha() for s in group)]
    paired = len(spoken) == count
    out, unit = [], first_unit
    for group in groups:
        if out:
            out.append(Token(" "))
        out += tokens_of(group, unit if paired and group in spoken else -1, chinese=False)
        unit += group in spoken
    return out


def tokens(text: str) -> list[Token]:
    """Phone tokens that the teachers know; symbols they do not know are left out."""
    out: list[Token] = []
    unit = 0
    for piece in PIECES.findall(text.translate(CHINESE_MARKS).strip()):
        if units.is_chinese(piece[0]):
            if out and out[-1].symbol != " ":
                out.append(Token(" "))
            for k, word in enumerate(_chinese_words(piece)):
                out += [Token(" ")] if k else []
                for symbols in word:
                    out += tokens_of(symbols, unit, chinese=True)
                    unit += 1
        else:
            # Marks join the word before them, as in the teacher's training.
            english = _english_tokens(piece, unit)
            if english and out and not re.match(r"\s*[,.!?;:…]", piece):
                out.append(Token(" "))
            out += english
            unit += len(units.spans(piece))
    return [token for token in out if token.symbol in vocabulary()]
