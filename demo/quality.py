#!/usr/bin/env python3
"""Measures the embedded voice: words, Mandarin, durations, voice identity, level, joins.

    python demo/quality.py                       the exported folder, in PyTorch
    python demo/quality.py --url http://localhost:8080 [--stream | --pieces]
                                                 a running server, over HTTP (or its WebSocket with text in pieces)

Needs demo/training/requirements.txt and the teacher engines (flite, espeak-ng with headers): see demo/training/README.md.
The last line is JSON.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "training"))

from judging import embedding, recogniser, server, spectral  # noqa: E402

ENGLISH_VOICES = ["rms", "slt", "awb", "kal16"]


@dataclass
class Spoken:
    """One output at 16 kHz, with the places (sample index) where chunks join."""

    voice: str
    text: str
    wave: np.ndarray
    joins: list[int] = field(default_factory=list)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="base URL of a running server")
    parser.add_argument("--stream", action="store_true", help="streaming answer (block mask in PyTorch)")
    parser.add_argument("--pieces", action="store_true", help="text in pieces (WebSocket, or live order in PyTorch)")
    parser.add_argument("--greedy", action="store_true", help="PyTorch only")
    parser.add_argument("--folder", type=Path, default=HERE / "voice")
    parser.add_argument("--sentences", type=int, default=60, help="English sentences per voice")
    parser.add_argument("--voices", default=",".join(ENGLISH_VOICES))
    parser.add_argument("--no-mandarin", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, help="folder for the outputs as WAV")
    parser.add_argument("--teacher", action="store_true", help="judge the teacher engines themselves")
    return parser.parse_args()


def speaker_of(options: argparse.Namespace):
    """A function (text, voice) -> Spoken."""
    if options.teacher:
        from voice_lab import speak

        def say(text: str, voice: str) -> Spoken:
            return Spoken(voice, text, speak.speak([(voice, text)])[0][1].astype(np.float32) / 32768)
    elif options.url:
        def say(text: str, voice: str) -> Spoken:
            wave, joins = server.say(options.url, text, voice, options.folder / "prompts", options.stream, options.pieces, options.seed)
            return Spoken(voice, text, wave, joins)
    else:
        import torch
        from voice_lab.features import resample
        from voice_lab.synthesize import RATE, Voice

        torch.set_num_threads(1)
        loaded = Voice(options.folder)

        def say(text: str, voice: str) -> Spoken:
            wave = loaded.say(text, voice, options.seed, options.greedy, options.stream, options.pieces)
            return Spoken(voice, text, resample(wave, RATE, 16000))
    return say


def read_list(name: str, count: int | None = None) -> list[str]:
    return (HERE / "sentences" / name).read_text("utf-8").splitlines()[:count]


def level_report(spoken: list[Spoken]) -> dict:
    """Peak, DC, and how often the largest step across a chunk join exceeds the largest step inside the chunks."""
    steps = []
    for item in spoken:
        size = np.abs(np.diff(item.wave))
        at = [j - 1 for j in item.joins if 0 < j < len(item.wave)]
        if at:
            inside = np.delete(size, at)
            steps.append(float(size[at].max() <= inside.max()))
    return {"peak": round(max(float(np.abs(s.wave).max()) for s in spoken), 4),
            "largest_dc": round(max(abs(float(s.wave.mean())) for s in spoken), 5),
            "smooth_joins": round(float(np.mean(steps)), 4) if steps else None}


def main() -> None:
    options = arguments()
    from voice_lab import speak

    say, voices = speaker_of(options), options.voices.split(",")
    sentences, began = read_list("english.txt", options.sentences), time.time()
    spoken = [say(text, voice) for voice in voices for text in sentences]
    chinese = [] if options.no_mandarin else [say(text, "cmn") for text in read_list("mandarin.txt")]
    audio = sum(len(s.wave) for s in spoken + chinese) / 16000
    report: dict = {"seconds_of_audio": round(audio, 1), "made_in_s": round(time.time() - began, 1)}
    if options.save:
        server.save_all(options.save, spoken + chinese)

    with ThreadPoolExecutor(1) as pool:
        heard = list(pool.map(recogniser.words_of, [s.wave for s in spoken]))
    unheard = recogniser.words_not_in_training()
    report["wer"], report["new_words"] = {}, {}
    for voice in voices:
        rows = [(s.text, words) for s, words in zip(spoken, heard, strict=True) if s.voice == voice]
        report["wer"][voice] = round(recogniser.word_error_rate(rows), 4)
        for text, words in rows[: 400 if options.sentences <= 12 else 3]:
            print(f"{voice}: {text} | {words}")
    report["wer_all"] = round(recogniser.word_error_rate([(s.text, w) for s, w in zip(spoken, heard, strict=True)]), 4)
    report["new_words"] = recogniser.recall_of([(s.text, w) for s, w in zip(spoken, heard, strict=True)], unheard)

    english_teacher = speak.speak([(s.voice, s.text) for s in spoken])
    ratios = [len(s.wave) / len(pcm) for s, (_, pcm) in zip(spoken, english_teacher, strict=True)]
    if chinese:
        references = [pcm.astype(np.float32) / 32768 for _, pcm in speak.speak([("cmn", s.text) for s in chinese])]
        right = spectral.identified([s.wave for s in chinese], references)
        report["mandarin_identified"] = round(float(np.mean(right)), 4)
        report["mandarin_missed"] = [s.text for s, ok in zip(chinese, right, strict=True) if not ok]
        ratios += [len(s.wave) / len(r) for s, r in zip(chinese, references, strict=True)]
    report["duration"] = {"within_25_percent": round(float(np.mean([0.75 <= r <= 1.25 for r in ratios])), 4),
                          "median": round(float(np.median(ratios)), 3), "shortest": round(min(ratios), 3), "longest": round(max(ratios), 3)}
    judge = embedding.VoiceJudge()
    named = [judge.nearest(s.wave) == s.voice for s in spoken + chinese]
    report["nearest_voice"] = round(float(np.mean(named)), 4)
    report |= level_report(spoken + chinese)
    for key, value in report.items():
        print(f"{key:22} {value}")
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
