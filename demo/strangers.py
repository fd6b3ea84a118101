#!/usr/bin/env python3
"""Speaks in voices that the model has never heard: how like the recording it sounds, and what is understood.

    python demo/strangers.py --url http://localhost:8080 [--recordings FOLDER] [--sentences 4] [--worn 1]

Each recording of FOLDER (made there at first: see demo/training/judging/strangers.py) is a prompt for SENTENCES of demo/sentences in its own
language, for as many in the other, and worn (noise 10 dB below, a peak of -40 dB, 8 kHz) for WORN in its own. Whisper base hears
them; Resemblyzer compares them with the recording as it was, and tells whether that is nearer than all the others.
Needs demo/training/requirements.txt and weights.txt. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "training"))

from judging import likeness, server, strangers, words  # noqa: E402
from judging.ear import RATE, ear  # noqa: E402
from judging.teacher import sentences  # noqa: E402
from judging.wear import WEARS  # noqa: E402
from voice_lab import paths  # noqa: E402
from voice_lab.features import resample  # noqa: E402

WORN = ("loud-noise", "quiet", "telephone")
OTHER = {"en": "zh", "zh": "en"}
Row = tuple[str, str]
"""What was meant, what was heard."""


def said_by(url: str, prompt: Path, language: str, count: int) -> tuple[list[Row], list[np.ndarray]]:
    """`count` sentences of a language in the voice of `prompt`; without its text only its sound is used."""
    rows, waves = [], []
    fields = {} if prompt.with_suffix(".txt").read_text("utf-8").strip() else {"prompt_mode": "style"}
    for seed, text in enumerate(sentences(language)[:count]):
        waves.append(server.prompted(url, text, prompt, fields | {"seed": str(seed)}, RATE))
        rows.append((text, ear(language).hear(waves[-1])))
    return rows, waves


def worn(recording: Path, wear: str, folder: Path) -> Path:
    """A copy of the recording, with the text beside it: empty where it is not known."""
    wave, rate = soundfile.read(recording, dtype="float32")
    prompt, text = folder / f"{recording.stem}.wav", recording.with_suffix(".txt")
    soundfile.write(prompt, *WEARS[wear](wave, rate), subtype="FLOAT")
    prompt.with_suffix(".txt").write_text(text.read_text("utf-8") if text.exists() else "", "utf-8")
    return prompt


def mean_rate(rows: dict[str, list[Row]]) -> dict[str, float]:
    return {language: round(words.rate(language, mine), 4) for language, mine in rows.items() if mine}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--recordings", type=Path, default=paths.WORK / "strangers")
    parser.add_argument("--sentences", type=int, default=4)
    parser.add_argument("--worn", type=int, default=1)
    options = parser.parse_args()
    recordings = strangers.make(options.recordings)
    known = {}
    for path in recordings:
        wave, rate = soundfile.read(path, dtype="float32")
        known[path.stem] = likeness.embedding(resample(wave, rate, RATE))
    own: dict[str, list[Row]] = {"en": [], "zh": []}
    crossed: dict[str, list[Row]] = {"en": [], "zh": []}
    spoiled: dict[str, dict[str, list[Row]]] = {wear: {"en": [], "zh": []} for wear in ("clean", *WORN)}
    alike, first = [], []
    print(f"{'recording':14} {'alike':>6} {'first':>6} {'errors':>7} {'in the other language':>22}")
    with tempfile.TemporaryDirectory() as folder:
        for path in recordings:
            language = strangers.language_of(path.stem)
            prompt = worn(path, "clean", Path(folder))
            rows, waves = said_by(options.url, prompt, language, options.sentences)
            others, _ = said_by(options.url, prompt, OTHER[language], options.sentences)
            own[language] += rows
            crossed[OTHER[language]] += others
            spoiled["clean"][language] += rows[: options.worn]
            for wear in WORN:
                spoiled[wear][language] += said_by(options.url, worn(path, wear, Path(folder)), language, options.worn)[0]
            made = [likeness.embedding(wave) for wave in waves]
            near = [float(each @ known[path.stem]) for each in made]
            best = [max(known, key=lambda name, each=each: float(each @ known[name])) == path.stem for each in made]
            alike.append(float(np.mean(near)))
            first.append(float(np.mean(best)))
            print(f"{path.stem:14} {alike[-1]:6.2f} {first[-1]:6.2f} {100 * words.rate(language, rows):6.1f}% {100 * words.rate(OTHER[language], others):21.1f}%", flush=True)
    report = {"recordings": len(recordings), "alike_median": round(float(np.median(alike)), 3), "own_recording_nearest": round(float(np.mean(first)), 3),
              "errors": mean_rate(own), "errors_in_the_other_language": mean_rate(crossed),
              "errors_worn": {wear: mean_rate(rows) for wear, rows in spoiled.items()}}
    for key, value in report.items():
        print(f"{key:30} {value}")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
