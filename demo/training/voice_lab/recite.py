"""Stage 7: what the teachers would say of many more lines, as codes alone.

    python -m voice_lab.recite

Durations and pitch are a fiftieth of a teacher's work, and all that the language model learns. `tokens/NAME.npz` and
`tokens/NAME.jsonl`, which appears last, are as `encode` and `speak` write them for speech with sound.
"""

import numpy as np

from . import codes, corpus, lines, loop, paths, shards, speakers
from .speak import LEAD, TAIL
from .teachers import english_teacher, kokoro, phones
from .text import phonemes


def recited(speaker: speakers.Speaker, text: str, chinese: bool) -> tuple[np.ndarray, int, list[list]]:
    """Text -> (codes, samples, phone rows), as `speak.utterance` trims them. Raises ValueError for unspeakable text."""
    tokens = phonemes.tokens(text)
    if speaker.small and not chinese:
        ends, f0, hop = english_teacher.prosody(tokens, speaker.pace)
    else:
        ends, f0 = kokoro.prosody(tokens, speaker.style("zh" if chinese else "en"), speaker.pace)
        hop = kokoro.PITCH_HOP
    rows, start, stop = trimmed(phones.spans(tokens, ends))
    if not rows:
        raise ValueError("nothing is said")
    count = -(-(stop - start) // corpus.SAMPLES_PER_TOKEN)
    # Whole values of the pitch: at most half of one off.
    height = codes.heights(f0[round(start / hop):], hop, count)
    return codes.of_rows(rows, count, height), stop - start, rows


def trimmed(rows: list[list]) -> tuple[list[list], int, int]:
    """Rows without the most of the silence at both ends, and from where to where they were, in samples."""
    start = max(0, rows[0][1] - LEAD) if rows[0][0] == codes.PAUSE else 0
    before = rows[-2][1] if len(rows) > 1 else 0
    stop = min(rows[-1][1], before + TAIL) if rows[-1][0] == codes.PAUSE else rows[-1][1]
    return [[name, min(end, stop) - start, unit, tone] for name, end, unit, tone in rows if end > start], start, stop


def recite_shard(shard: shards.Shard) -> None:
    """Both files of one shard."""
    made, labels = [], []
    for name, text, kind in lines.of_shard(shard):
        try:
            code, samples, rows = recited(speakers.all_speakers()[name], text, shard.family == "mandarin")
        except ValueError as error:
            print(f"recite {shard.name}: left out {text!r}: {error}", flush=True)
            continue
        made.append(code.astype(np.uint16))
        labels.append({"speaker": name, "text": text, "kind": kind, "samples": samples, "phones": rows})
    part = paths.TOKENS / f"{shard.name}.part.npz"
    np.savez(part, codes=np.concatenate(made), lengths=np.array([len(code) for code in made]))
    part.replace(paths.TOKENS / f"{shard.name}.npz")
    loop.write_atomically(corpus.label_lines(labels), paths.TOKENS / f"{shard.name}.jsonl")


def main() -> None:
    loop.begin()
    paths.TOKENS.mkdir(parents=True, exist_ok=True)
    kokoro.prepare()
    plan = shards.recited()
    for number, shard in enumerate(plan, 1):
        if not (paths.TOKENS / f"{shard.name}.jsonl").exists():
            recite_shard(shard)
            print(f"recite: {shard.name}, {number} of {len(plan)}", flush=True)


if __name__ == "__main__":
    main()
