"""Speech codes that say what is heard in 40 ms: a phone (in Mandarin's vowels with its tone), the pitch, whether the phone begins.

CosyVoice2's codes come of a quantiser inside a recogniser: what a recogniser needs is what they keep. At this size little is left of
that after rounding, so here the codes are what such a recogniser knows. The teachers tell when they say each phone, so the codes of
training speech are exact (`of`); the speech tokenizer learns to hear them in any recording. A teacher's durations and
pitch alone, without its sound, are codes too (`recite.py`).
"""

import numpy as np
import torch

from . import pitch
from .corpus import RATE, SAMPLES_PER_TOKEN, Utterance

PAUSE = "pau"
ENGLISH = "A I O T W Y b d f h i j k l m n p s t u v w z æ ð ŋ ɐ ɑ ɔ ə ɛ ɜ ɡ ɪ ɹ ʃ ʊ ʌ ʒ ʤ ʧ θ ᵊ ᵻ".split()
PLAIN = [f"zh:{phone}" for phone in "f k kʰ l m p pʰ s t tʰ x ɕ ʂ ʦ ʦʰ ʨ ʨʰ ꭧ ꭧʰ".split()]
TONAL = [f"zh:{phone}" for phone in "a e i j n o u w y ŋ ə ɚ ɛ ɤ ɥ ɨ ɻ ʊ".split()]
"""Of the syllable's voiced end, with one of the four tones or the light one."""
VOICELESS = {PAUSE, *"f h k p s t ʃ ʧ θ".split(), *PLAIN} - {"zh:l", "zh:m"}
"""They have no pitch, whatever a tracker says."""
CLASSES = [(PAUSE, 0), *((phone, 0) for phone in ENGLISH + PLAIN), *((phone, tone) for phone in TONAL for tone in range(1, 6))]
INDEX = {each: k for k, each in enumerate(CLASSES)}
EDGES = np.log(2) / 12 * np.array([-3.5, -1.2, 1.2, 3.5])
"""Between the levels of pitch: semitones from the middle of the utterance."""
PITCHES = 2 + len(EDGES)
"""Level 0 is a phone without voice."""
BEGINS = 2
SIZES = (len(CLASSES), PITCHES, BEGINS)
SHARES = (0.87, 0.44, 0.22)
"""Of the parts in what codes have in common at the start of a training; their squares add up to 1."""
CODES = len(CLASSES) * PITCHES * BEGINS


def joined(phones, pitches, begins):
    """Class, level and flag (numbers, arrays or tensors alike) -> code."""
    return (phones * PITCHES + pitches) * BEGINS + begins


def parts(codes):
    """Code -> (class, level, flag)."""
    return codes // (PITCHES * BEGINS), codes // BEGINS % PITCHES, codes % BEGINS


def related(width: int, seed: int) -> torch.Tensor:
    """A start for a table of codes [CODES, width]: those of one phone are near each other, nearer those of one pitch, too. Deviation 1."""
    random, table = torch.Generator().manual_seed(seed), torch.zeros(CODES, width)
    for part, size, share in zip(parts(torch.arange(CODES)), SIZES, SHARES, strict=True):
        table += torch.randn(size, width, generator=random)[part] * share
    return table


def spans(ends: np.ndarray, tokens: int) -> np.ndarray:
    """Ends of phones in samples -> the phone of each token: every phone has one and more, and none lies further from its place than must be.

    Of numbers that must not fall, the nearest that do not are halfway between their running maximum and the running
    minimum of what follows. Where there are fewer tokens than phones the last phones have none.
    """
    number = np.arange(1, len(ends) + 1)
    spare = ends / SAMPLES_PER_TOKEN - number
    spare = (np.maximum.accumulate(spare) + np.minimum.accumulate(spare[::-1])[::-1]) / 2
    bounds = np.minimum(np.round(np.clip(spare, 0, max(0, tokens - len(ends)))).astype(np.int64) + number, tokens)
    bounds[-1] = tokens
    return np.repeat(np.arange(len(ends)), np.diff(bounds, prepend=0))


def heights(f0: np.ndarray, hop: float, tokens: int) -> np.ndarray:
    """F0 in Hz every `hop` samples from `hop` / 2 on, low or 0 without voice -> mean of its logarithm in each token, NaN without."""
    voiced = np.flatnonzero(f0 > pitch.LOWEST)
    at = np.minimum(((voiced + 0.5) * hop / SAMPLES_PER_TOKEN).astype(np.int64), tokens - 1)
    count = np.bincount(at, minlength=tokens)
    total = np.bincount(at, np.log(f0[voiced]), minlength=tokens)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def levels(height: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Level of each token: 0 where `voiced` is not, else 1 (lowest) to 5 by its distance from the middle; where no pitch was found, as its neighbours."""
    found = np.flatnonzero(voiced & ~np.isnan(height))
    if len(found) == 0:
        return np.where(voiced, 1 + len(EDGES) // 2, 0)
    near = np.interp(np.arange(len(height)), found, height[found])
    return np.where(voiced, 1 + np.digitize(near - np.median(near[voiced]), EDGES), 0)


def of_rows(rows: list, tokens: int, height: np.ndarray) -> np.ndarray:
    """Phone rows (`corpus.Utterance.phones`) and heights -> int64 [tokens]. A phone that is not in the table counts as a pause."""
    at = spans(np.array([end for _, end, _, _ in rows]), tokens)
    phones = np.array([INDEX.get((name, tone if name in TONAL else 0), 0) for name, _, _, tone in rows])[at]
    voiced = np.array([name not in VOICELESS for name, *_ in rows])[at] & (phones > 0)
    return joined(phones, levels(height, voiced), np.concatenate([[1], np.diff(at) != 0]).astype(np.int64))


def of(utterance: Utterance) -> np.ndarray:
    """Of a recording whose phones are known: int64 [tokens]."""
    return of_played(utterance, tracked(utterance), 1.0)


def tracked(utterance: Utterance) -> np.ndarray:
    """Its F0, two values a token."""
    return pitch.per_frame(utterance.wave, RATE, 2 * utterance.tokens)


def of_played(utterance: Utterance, f0: np.ndarray, speed: float) -> np.ndarray:
    """Of one that another was played at this speed for (`corpus.varied`), whose F0 is known."""
    return of_rows(utterance.phones, utterance.tokens, heights(f0, SAMPLES_PER_TOKEN / 2 / speed, utterance.tokens))
