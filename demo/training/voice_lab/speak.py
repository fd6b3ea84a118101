"""Stage 2: speech and labels for every shard of lines.

`work/speech/NNNN.pcm`    int16 mono 16 kHz, utterances one after the other
`work/speech/NNNN.jsonl`  {"voice", "text", "kind", "samples", "phones": [[name, end_sample, word, tone], ...]}

`word` indexes the white-space separated words (English) or the Chinese characters (Mandarin); -1 in a pause.
`tone` is 0 for English and for pauses, 1..5 in a Mandarin syllable. Pauses are named "pau" in both languages.

The engines are Debian's flite 2.2 (voices rms, slt, awb, kal16: CMU licences without restriction on output) and
espeak-ng 1.51 (GPL program; the licence does not reach what it speaks).
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soxr

from . import paths
from .text import mandarin

RATE = 16000
MANDARIN_WORDS_PER_MINUTE = 165
GAIN = {"rms": 0.95, "slt": 0.48, "awb": 0.85, "kal16": 2.2, "cmn": 0.75}
"""Brings every voice to about the same loudness (0.08 rms over an utterance, peaks below 0.75)."""
FLITE_LIBRARIES = ("flite_cmu_us_rms flite_cmu_us_slt flite_cmu_us_awb flite_cmu_us_kal16 "
                   "flite_usenglish flite_cmulex flite m").split()
MARKS = {"，": ",", "。": ".", "？": "?", "！": "!", "、": ",", "；": ",", "：": ","}


def build_speakers() -> None:
    """Compiles the two batch speakers into the work folder."""
    paths.WORK.mkdir(parents=True, exist_ok=True)
    for name, libraries in (("flite_batch", FLITE_LIBRARIES), ("espeak_batch", ["espeak-ng"])):
        target, source = paths.WORK / name, paths.TRAINING / "native" / f"{name}.c"
        if not target.exists():
            # Two stages may begin at once: what is there is whole.
            part = target.with_suffix(f".{os.getpid()}")
            subprocess.run(["gcc", "-O2", "-o", part, source, *(f"-l{lib}" for lib in libraries)], check=True)
            part.replace(target)


def _read(prefix: str) -> list[tuple[dict, np.ndarray]]:
    pcm, at, out = np.fromfile(prefix + ".pcm", dtype="<i2"), 0, []
    for line in Path(prefix + ".jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        out.append((entry, pcm[at:at + entry["samples"]]))
        at += entry["samples"]
    return out


def speak_english(rows: list[tuple[str, str]]) -> list[tuple[list, np.ndarray]]:
    """(voice, text) -> (phones, int16 samples at 16 kHz) for flite voices."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = f"{folder}/flite"
        lines = "".join(f"{voice}\t{text}\n" for voice, text in rows)
        subprocess.run([paths.WORK / "flite_batch", prefix], input=lines.encode(), check=True)
        spoken = _read(prefix)
    if len(spoken) != len(rows):
        raise RuntimeError(f"flite spoke {len(spoken)} of {len(rows)} lines")
    return [([[name, end, word, 0] for name, end, word in entry["phones"]], pcm) for entry, pcm in spoken]


def pinyin_line(text: str) -> tuple[str, list[int], list[int]]:
    """Text -> (what espeak reads, index of the character of each syllable, spoken tone of each syllable)."""
    clean = re.sub(r"\s+", "", text)
    syllables, chars, tones = [], [], []
    for at, item in enumerate(mandarin.pinyin(clean)):
        if item and item[-1].isdigit() and item[:-1].isalpha():
            syllables.append(item)
            chars.append(at)
            tones.append(int(item[-1]))
        else:
            syllables.append(MARKS.get(item, ","))
    reads = re.sub(r" ([,.?!])", r"\1", " ".join(syllables))
    spoken = [2 if t == 3 and k + 1 < len(tones) and tones[k + 1] == 3 and chars[k + 1] == chars[k] + 1 else t
              for k, t in enumerate(tones)]
    return reads, chars, spoken


def speak_mandarin(texts: list[str]) -> list[tuple[list, np.ndarray]]:
    """Text -> (phones, int16 samples at 16 kHz) for the Mandarin voice."""
    reads = [pinyin_line(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        prefix = f"{folder}/espeak"
        lines = "".join(read + "\n" for read, _, _ in reads)
        subprocess.run([paths.WORK / "espeak_batch", prefix, str(MANDARIN_WORDS_PER_MINUTE)], input=lines.encode(), check=True)
        spoken = _read(prefix)
    out = []
    for (entry, pcm), (_, chars, tones) in zip(spoken, reads, strict=True):
        wave = soxr.resample(pcm.astype(np.float32) / 32768, 22050, RATE, quality="HQ")
        events = entry["phones"]
        starts = [event[1] for event in events[1:]] + [1000 * len(pcm) / 22050]
        phones, syllable = [], 0
        for (name, _), end in zip(events, starts, strict=True):
            inside = not name.startswith("_") and syllable < len(chars)
            end_sample = int(end * RATE / 1000)
            if not phones or end_sample > phones[-1][1]:
                phones.append([name, end_sample, chars[syllable], tones[syllable]] if inside else ["pau", end_sample, -1, 0])
            syllable += name == "_|"
        out.append((phones, np.clip(wave * 32768, -32768, 32767).astype(np.int16)))
    return out


def speak(rows: list[tuple[str, str]]) -> list[tuple[list, np.ndarray]]:
    """(voice, text) -> (phones, int16 samples at the recipe's loudness), in the order given."""
    build_speakers()
    english = [k for k, (voice, _) in enumerate(rows) if voice != "cmn"]
    chinese = [k for k, (voice, _) in enumerate(rows) if voice == "cmn"]
    spoken = dict(zip(english, speak_english([rows[k] for k in english]), strict=True)) if english else {}
    if chinese:
        spoken |= zip(chinese, speak_mandarin([rows[k][1] for k in chinese]), strict=True)
    out = []
    for k, (voice, _) in enumerate(rows):
        phones, pcm = spoken[k]
        out.append((phones, np.clip(pcm.astype(np.float32) * GAIN[voice], -32000, 32000).astype("<i2")))
    return out


def speak_shard(shard: int) -> None:
    """Speaks one shard; the label file appears last, so its presence means done."""
    pcm_path, label_path = paths.SPEECH / f"{shard:04d}.pcm", paths.SPEECH / f"{shard:04d}.jsonl"
    if label_path.exists():
        return
    rows = [line.split("\t") for line in (paths.LINES / f"{shard:04d}.tsv").read_text("utf-8").splitlines()]
    spoken = speak([(voice, text) for voice, text, _ in rows])
    labels = [json.dumps({"voice": voice, "text": text, "kind": kind, "samples": len(pcm), "phones": phones}, ensure_ascii=False)
              for (voice, text, kind), (phones, pcm) in zip(rows, spoken, strict=True)]
    np.concatenate([pcm for _, pcm in spoken]).tofile(pcm_path)
    part = label_path.with_suffix(".part")
    part.write_text("\n".join(labels) + "\n", "utf-8")
    part.rename(label_path)


def main(part: int, parts: int) -> None:
    """Speaks shards `part`, `part` + `parts`, ..."""
    paths.SPEECH.mkdir(parents=True, exist_ok=True)
    shards = sorted(int(p.stem) for p in paths.LINES.glob("*.tsv"))[part::parts]
    for done, shard in enumerate(shards, 1):
        speak_shard(shard)
        print(f"speak {part}/{parts}: shard {shard}, {done} of {len(shards)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
