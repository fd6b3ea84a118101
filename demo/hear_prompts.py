#!/usr/bin/env python3
"""Hears what a recording's use and its wear cost in words.

    python demo/hear_prompts.py --url http://localhost:8080 [--recordings demo/voice/prompts] [--names james,ming] [--wears all]

Each NAME.wav of the folder, with what it says in NAME.txt, is a prompt for four English sentences: by its transcript (`mode=zero_shot`),
by its sound alone (`prompt_mode=style`), and as `prompt_mode=auto` decides. Whisper base hears them. Wears: as recorded, 1.5 s of silence
at both ends, at -40 dB, one channel of six, over a telephone (8 kHz), in noise 20 and 10 dB below.
Needs demo/training/requirements.txt and weights.txt.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import soundfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "training"))

from judging import server, words  # noqa: E402
from judging.ear import RATE, ear  # noqa: E402
from judging.wear import WEARS  # noqa: E402

SENTENCES = [
    "Please close the window before you leave.",
    "The garden is dry now, and the river is low.",
    "My brother lives near the old station.",
    "We will meet you at seven in the morning.",
]
USES = {
    "transcript": {"prompt_mode": "transcript", "mode": "zero_shot"},
    "style": {"prompt_mode": "style"},
    "auto": {"prompt_mode": "auto"},
}


def rate_of(url: str, prompt: Path, use: str) -> float:
    rows = []
    for seed, text in enumerate(SENTENCES):
        wave = server.prompted(url, text, prompt, USES[use] | {"seed": str(seed)}, RATE)
        rows.append((text, ear("en").hear(wave)))
    return words.rate("en", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--recordings", type=Path, default=HERE / "voice" / "prompts")
    parser.add_argument("--names", default="", help="comma-separated; all by default")
    parser.add_argument("--wears", default="clean", help=f"comma-separated of {', '.join(WEARS)}; or all")
    options = parser.parse_args()
    names = [name for name in options.names.split(",") if name] or sorted(path.stem for path in options.recordings.glob("*.wav"))
    wears = list(WEARS) if options.wears == "all" else options.wears.split(",")
    print(f"{'recording':12} {'wear':12} " + " ".join(f"{use:>10}" for use in USES))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            wave, rate = soundfile.read(options.recordings / f"{name}.wav", dtype="float32")
            for wear in wears:
                prompt = Path(folder) / "prompt.wav"
                soundfile.write(prompt, *WEARS[wear](wave, rate), subtype="FLOAT")
                prompt.with_suffix(".txt").write_text((options.recordings / f"{name}.txt").read_text("utf-8"), "utf-8")
                print(f"{name:12} {wear:12} " + " ".join(f"{rate_of(options.url, prompt, use):10.3f}" for use in USES), flush=True)


if __name__ == "__main__":
    main()
