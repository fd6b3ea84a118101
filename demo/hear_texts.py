#!/usr/bin/env python3
"""Hears texts as people write them against their plain form: no sign may cost words.

    python demo/hear_texts.py --url http://localhost:8080 [--seeds 3] [--kinds long,capitals]

Each row of sentences/written.tsv is spoken by a running server in both forms with the same seeds, and heard by Whisper base.
A row fails where the written form's error rate is more than .1 above the plain form's. Rows whose segments are the same words
are the same sound and are not spoken. Needs demo/training/requirements.txt and weights.txt.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "training"))

from judging import server, words  # noqa: E402
from judging.ear import RATE, ear  # noqa: E402

ALLOWED = 0.1
WINDOW_S, EARLIEST_S, LOOK_S = 27, 15, 0.1
"""The recogniser hears at most 30 s: a longer wave is cut at its quietest place between these."""


def pieces(wave: np.ndarray) -> list[np.ndarray]:
    """A wave at 16 kHz in parts that the recogniser hears whole."""
    out = []
    while len(wave) > WINDOW_S * RATE:
        size = int(LOOK_S * RATE)
        looks = wave[EARLIEST_S * RATE : WINDOW_S * RATE]
        power = (looks[: len(looks) // size * size].reshape(-1, size) ** 2).mean(1)
        at = EARLIEST_S * RATE + int(power.argmin()) * size + size // 2
        out.append(wave[:at])
        wave = wave[at:]
    return [*out, wave]


def heard(url: str, language: str, voice: str, text: str, seed: int) -> str:
    wave = server.stored(url, text, voice, seed, RATE)
    return " ".join(ear(language).hear(piece) for piece in pieces(wave))


def error_rate(language: str, meant: str, rows: list[str]) -> float:
    return words.rate(language, [(meant, row) for row in rows])


def rows_of(path: Path, kinds: list[str]) -> list[tuple[str, str, str, str, str]]:
    """(kind, voice, language, written, plain); \\n and \\uXXXX are escapes, a missing plain form is the written one."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        kind, voice, written, *plain = line.split("\t")
        if kinds and kind not in kinds:
            continue
        written, spoken = (words.unescaped(text) for text in (written, plain[0] if plain else written))
        rows.append((kind, voice, "zh" if words.characters(spoken) else "en", written, spoken))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kinds", default="", help="comma-separated; all by default")
    options = parser.parse_args()
    failed = spoken = 0
    rows = rows_of(HERE / "sentences" / "written.tsv", [kind for kind in options.kinds.split(",") if kind])
    print(f"{'kind':12} {'voice':6} {'written':>8} {'plain':>6}")
    for kind, voice, language, written, plain in rows:
        said, meant = server.normalised(options.url, written, voice), server.normalised(options.url, plain, voice)
        if said == meant and kind != "long":
            print(f"{kind:12} {voice:6} {'same':>8} {'':6} {' | '.join(said)}")
            continue
        spoken += 1
        written_rows = [heard(options.url, language, voice, written, seed) for seed in range(options.seeds)]
        plain_rows = [heard(options.url, language, voice, plain, seed) for seed in range(options.seeds)]
        rate, against = (error_rate(language, plain, rows) for rows in (written_rows, plain_rows))
        mark = "  <-- words lost" if rate > against + ALLOWED else ""
        failed += mark != ""
        print(f"{kind:12} {voice:6} {rate:8.3f} {against:6.3f} {' | '.join(said)}{mark}", flush=True)
        for row in written_rows if mark else []:
            print(f"{'':28} heard: {row}")
    print(f"{len(rows)} rows, {spoken} spoken over {options.seeds} seeds, {failed} with words lost")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
