"""Stage 2: speech and labels of every shard.

    python -m voice_lab.speak [PLACE]    makes what is missing before that place of the plan; any number may run at once

`speech/NAME.flac`    mono 24 kHz, 16 bit, utterances one after the other
`speech/NAME.jsonl`   {"speaker", "text", "kind", "samples", "phones": [[name, end sample, unit, tone], ...]}; appears last

A shard is held by a lock that its process takes to the grave, so a killed one is made anew by the next.
"""

import fcntl
import sys
import time

import numpy as np
import soundfile

from . import corpus, level, lines, paths, progress, shards, speakers
from .teachers import english_teacher, kokoro, phones
from .text import phonemes

RATE = kokoro.RATE
LEAD, TAIL = int(0.06 * RATE), int(0.12 * RATE)
"""Silence that stays before the first and after the last sound."""
QUIET = 0.004
"""Of full scale, after levelling: what counts as silence at the ends."""


def _trimmed(wave: np.ndarray, rows: list[list]) -> tuple[np.ndarray, list[list]]:
    """Cuts near silence from both ends, never into a phone; the labels follow."""
    loud = np.flatnonzero(np.abs(wave) > QUIET)
    first_phone = rows[0][1] if rows[0][0] == "pau" else 0
    last_phone = rows[-2][1] if len(rows) > 1 and rows[-1][0] == "pau" else len(wave)
    start = max(0, min(first_phone, int(loud[0]) if len(loud) else 0) - LEAD)
    stop = min(len(wave), max(last_phone, int(loud[-1]) if len(loud) else 0) + TAIL)
    cut = [[name, min(end, stop) - start, unit, tone] for name, end, unit, tone in rows if end > start]
    return wave[start:stop], cut


def utterance(speaker: speakers.Speaker, text: str, chinese: bool, seed: int) -> tuple[np.ndarray, list[list]]:
    """Text -> (int16 samples at 24 kHz, phone rows), trimmed and levelled. Raises ValueError for unspeakable text."""
    tokens = phonemes.tokens(text)
    if speaker.small and not chinese:
        wave, ends = english_teacher.speak(tokens, seed, speaker.pace)
    else:
        wave, ends = kokoro.speak(tokens, speaker.style("zh" if chinese else "en"), speaker.pace)
    wave, rows = _trimmed(level.levelled(wave.astype(np.float64), RATE), phones.spans(tokens, ends))
    return np.round(wave * 32767).astype(np.int16), rows


def speak_shard(shard: shards.Shard) -> None:
    """Speaks one shard whose lock is held."""
    began, waves, labels = time.process_time(), [], []
    for number, (name, text, kind) in enumerate(lines.of_shard(shard)):
        try:
            pcm, rows = utterance(speakers.all_speakers()[name], text, shard.family == "mandarin", seed=number)
        except ValueError as error:
            print(f"speak {shard.name}: left out {text!r}: {error}", flush=True)
            continue
        waves.append(pcm)
        labels.append({"speaker": name, "text": text, "kind": kind, "samples": len(pcm), "phones": rows})
    part = paths.SPEECH / f"{shard.name}.part.flac"
    soundfile.write(part, np.concatenate(waves), RATE, subtype="PCM_16")
    part.replace(paths.SPEECH / f"{shard.name}.flac")
    part = paths.SPEECH / f"{shard.name}.part"
    part.write_text(corpus.label_lines(labels), "utf-8")
    cpu, audio = time.process_time() - began, sum(map(len, waves)) / RATE
    progress.spoke(shard, cpu, audio)
    part.replace(paths.SPEECH / f"{shard.name}.jsonl")
    print(f"speak {shard.name}: {audio:.0f} s of speech in {cpu:.0f} CPU-s", flush=True)


def spoken(shard: shards.Shard) -> bool:
    return (paths.SPEECH / f"{shard.name}.jsonl").exists()


def _speak_if_free(shard: shards.Shard, wait: bool) -> None:
    """Speaks the shard unless it is there, or (without `wait`) in other hands."""
    with (paths.SPEECH / f"{shard.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return
        if not spoken(shard):
            speak_shard(shard)


def main(until: float) -> None:
    paths.SPEECH.mkdir(parents=True, exist_ok=True)
    plan = [shard for shard in shards.in_order() if shard.place < until]
    if not all(map(spoken, plan)):
        kokoro.prepare()
    for wait in (False, True):
        for shard in plan:
            if not spoken(shard):
                _speak_if_free(shard, wait)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else float("inf"))
