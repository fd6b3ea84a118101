#!/usr/bin/env python3
"""Measures a voice through Whisper base: words, Mandarin characters, likeness to the prompts, lengths, level, joins.

    python demo/quality.py                       the exported folder, in PyTorch
    python demo/quality.py --url http://localhost:8080 [--stream | --pieces]
                                                 a running server, over HTTP (or its WebSocket with text in pieces)
    python demo/quality.py --teacher             the teachers of the second edition, the same sentences
    python demo/quality.py --list rare           words that training never held, Chinese with English, or numbers (a server's: --url)

Needs demo/training/requirements.txt and weights.txt: see demo/training/README.md. The last line is JSON.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "training"))

from judging import likeness, server, words  # noqa: E402
from judging.ear import RATE, ear  # noqa: E402

LISTS = {"everyday": {"en": "english.txt", "zh": "mandarin.txt"}, "numbers": {"en": "numbers.txt"}, "mixed": {"zh": "mixed.txt"}, "rare": {"en": "rare.txt"}}
"""Files of `demo/sentences` by language. In `rare` a word that training should not hold stands between asterisks."""


@dataclass
class Spoken:
    """One output at 16 kHz, with the places (sample index) where chunks join."""

    voice: str
    language: str
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
    parser.add_argument("--voices", help="default: all of the folder's prompts; VOICE:en or VOICE:zh chooses the language")
    parser.add_argument("--list", choices=LISTS, default="everyday", help="numbers, dates, times and money; Chinese with English words; rare words")
    parser.add_argument("--sentences", type=int, default=60, help="of each list, for each voice (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, help="folder for the outputs as WAV")
    parser.add_argument("--teacher", action="store_true", help="judge the teachers themselves: VOICE is a speaker of theirs")
    return parser.parse_args()


def wanted_voices(options: argparse.Namespace) -> list[tuple[str, str]]:
    """(voice, language); a voice's own language is that of its prompt's transcript."""
    if options.teacher and not options.voices:
        return [("grace", "en"), ("james", "en"), ("lan", "en"), ("lan", "zh"), ("ming", "zh")]
    names = options.voices.split(",") if options.voices else sorted(p.stem for p in (options.folder / "prompts").glob("*.wav"))
    out = []
    for name in names:
        voice, _, language = name.partition(":")
        transcript = options.folder / "prompts" / f"{voice}.txt"
        own = "zh" if transcript.exists() and words.characters(transcript.read_text("utf-8")) else "en"
        out.append((voice, language or own))
    return out


def speaker_of(options: argparse.Namespace):
    """A function (text, voice, language) -> Spoken."""
    from voice_lab.features import resample

    if options.teacher:
        from judging.teacher import spoken

        return lambda text, voice, language: Spoken(voice, language, text, spoken(voice, text, language))
    if options.url:
        def over_network(text: str, voice: str, language: str) -> Spoken:
            wave, joins = server.say(options.url, text, voice, options.folder / "prompts", options.stream, options.pieces, options.seed)
            return Spoken(voice, language, text, wave, joins)

        return over_network
    import torch
    from voice_lab.synthesize import RATE as OUTPUT, Voice

    torch.set_num_threads(1)
    loaded = Voice(options.folder)

    def in_process(text: str, voice: str, language: str) -> Spoken:
        wave = loaded.say(text, voice, options.seed, options.greedy, options.stream, options.pieces)
        return Spoken(voice, language, text, resample(wave, OUTPUT, RATE))

    return in_process


def level_report(spoken: list[Spoken]) -> dict:
    """Peak, DC, loudness, and how often the largest step across a chunk join exceeds the largest step inside the chunks."""
    from voice_lab.level import loudness

    steps = []
    for item in spoken:
        size = np.abs(np.diff(item.wave))
        at = [j - 1 for j in item.joins if 0 < j < len(item.wave)]
        if at:
            steps.append(float(size[at].max() <= np.delete(size, at).max()))
    levels = [loudness(s.wave, RATE) for s in spoken]
    return {"peak": round(max(float(np.abs(s.wave).max()) for s in spoken), 4),
            "largest_dc": round(max(abs(float(s.wave.mean())) for s in spoken), 5),
            "loudness_lufs": [round(float(np.percentile(levels, p)), 1) for p in (5, 50, 95)],
            "smooth_joins": round(float(np.mean(steps)), 4) if steps else None}


def likeness_report(spoken: list[Spoken], prompts: Path) -> dict:
    """Median cosine of output and own prompt, and the share of outputs whose own prompt is the nearest of all."""
    from voice_lab.features import resample
    import soundfile

    known = {}
    for path in sorted(prompts.glob("*.wav")):
        wave, rate = soundfile.read(path, dtype="float32")
        known[path.stem] = likeness.embedding(resample(wave, rate, RATE))
    scores = []
    for item in (s for s in spoken if s.voice in known):
        made = likeness.embedding(item.wave)
        scores.append({voice: float(made @ other) for voice, other in known.items()} | {"": item.voice})
    if not scores:
        return {}
    own = [s[s[""]] for s in scores]
    first = [max((v for v in s if v), key=s.get) == s[""] for s in scores]
    return {"median_to_own_prompt": round(float(np.median(own)), 3), "own_prompt_nearest": round(float(np.mean(first)), 4)}


def length_report(spoken: list[Spoken]) -> dict:
    """Against the teacher's, for voices that have one."""
    from judging.teacher import spoken as by_teacher
    from voice_lab.speakers import NAMED

    ratios = [len(s.wave) / len(by_teacher(s.voice, s.text, s.language)) for s in spoken if s.voice in NAMED]
    return {"within_25_percent": round(float(np.mean([0.75 <= r <= 1.25 for r in ratios])), 4), "median": round(float(np.median(ratios)), 3),
            "shortest": round(min(ratios), 3), "longest": round(max(ratios), 3)} if ratios else {}


def rare_report(rows: list[tuple[str, str, str]]) -> dict:
    """(word, line, heard) -> how many words were heard right, of those that no line of the training data holds."""
    from voice_lab import paths

    known = {word for path in paths.LINES.glob("*.tsv") for word in words.english(path.read_text("utf-8").replace("\t", " "))}
    unheard = [row for row in rows if not set(words.english(row[0])) & known]
    right = sum(" ".join(words.english(word)) in " ".join(words.english(heard)) for word, _, heard in unheard)
    return {"rare_words_right": f"{right} of {len(unheard)}", "left_out_as_known": sorted({row[0] for row in rows} - {row[0] for row in unheard})}


def main() -> None:
    options = arguments()
    chosen = LISTS[options.list]
    say, voices, began = speaker_of(options), [pair for pair in wanted_voices(options) if pair[1] in chosen], time.time()
    spoken, rare = [], {}

    def wrong(language: str, rows: list[tuple[str, str]]) -> float:
        return words.rate("mixed" if options.list == "mixed" else language, rows)

    for voice, language in voices:
        for line in (HERE / "sentences" / chosen[language]).read_text("utf-8").splitlines()[: options.sentences]:
            text = line.replace("*", "")
            rare |= {text: line.split("*")[1]} if text != line else {}
            spoken.append(say(text, voice, language))
    report: dict = {"seconds_of_audio": round(sum(len(s.wave) for s in spoken) / RATE, 1), "made_in_s": round(time.time() - began, 1)}
    if options.save:
        server.save_all(options.save, spoken)
    heard = [ear(s.language).hear(s.wave) for s in spoken]
    everything: dict[str, list] = {"en": [], "zh": []}
    for voice, language in voices:
        rows = [(s.text, h) for s, h in zip(spoken, heard, strict=True) if (s.voice, s.language) == (voice, language)]
        everything[language] += rows
        report[f"{'wer' if language == 'en' else 'cer'}_{voice}"] = round(wrong(language, rows), 4)
        for row in rows:
            if wrong(language, [row]):
                print(f"{voice}: {row[0]} | {row[1]}")
    report |= {name: round(wrong(language, rows), 4) for name, language in (("wer_all", "en"), ("cer_all", "zh")) if (rows := everything[language])}
    if rare:
        report |= rare_report([(rare[text], text, heard) for text, heard in everything["en"]])
    if everything["zh"] and options.list == "everyday":
        report["syllables_all"] = round(words.syllable_rate(everything["zh"]), 4)
    report["likeness"] = likeness_report(spoken, options.folder / "prompts")
    if not options.teacher and options.list == "everyday":
        report["lengths"] = length_report(spoken)
    report |= level_report(spoken)
    for key, value in report.items():
        print(f"{key:22} {value}")
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
