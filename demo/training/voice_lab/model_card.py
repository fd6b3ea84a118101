"""Writes `demo/voice/README.md` from the exported files and the reports of `demo/quality.py`.

    python -m voice_lab.model_card whole=REPORT [stream=REPORT] [pieces=REPORT] [teacher=REPORT]

REPORT is a file whose last line is the JSON that quality.py printed. Without arguments the card has no figures.
"""

import json
import sys
from pathlib import Path

import torch

from . import paths
from .prompts import TEXTS

HEAD = """# The embedded voice

A small text-to-speech model with CosyVoice2's architecture and checkpoint layout, trained from nothing by `demo/training`
on synthetic speech. It exists so that a checkout speaks at once, and so that tests and benchmarks run on real speech. It
is not CosyVoice2: it knows five synthetic voices, everyday English and about 1,300 Chinese characters.

| part | parameters | file |
| --- | --- | --- |
"""

TAIL = """
## Voices

`rms` (main voice), `slt`, `awb`, `kal16` (English) and `cmn` (Mandarin). `prompts/` has a recording and its transcript for each;
`spk2info.pt` has the same voices with their features extracted. Any other recording works as a prompt too, but comes out
as the nearest mixture of these voices.

## Data and licence

Speech: flite 2.2 (CMU ARCTIC voices, free for any use) and espeak-ng 1.51 (a GPL program; its output is not covered).
Text: WordNet 3.0, SCOWL, jieba's word counts, pypinyin, and frames written for this project. The checkpoint may be used
under this repository's licence. WordNet 3.0 Copyright 2006 by Princeton University.

## Sampling

The head's weights are stored divided by a temperature of 0.7, and `cosyvoice2.yaml` allows a code four times in the last ten
(`tau_r: 0.4`; the codes of a long vowel or a pause repeat). With both, the reference's sampling stays close to the likeliest path.
The flow is guided by 1.5 instead of 0.7 (`inference_cfg_rate`): a small flow is sharper so.

## Limits

Words that training never held are spelled out by a small model and are often wrong. Names, foreign words, code-switching inside
a sentence, and rare Chinese characters are weak. Prosody is that of the teachers. It does not follow a style instruction.
"""

LABELS = {"wer_all": "word error rate, all English voices", "mandarin_identified": "Mandarin sentences identified (of 40)",
          "nearest_voice": "outputs nearest to their own voice", "peak": "largest sample", "largest_dc": "largest DC offset",
          "smooth_joins": "streams whose chunk joins are no rougher than their inside"}


def parts(folder: Path) -> str:
    rows = []
    for name, what in (("llm", "language model, 4 layers of 256"), ("flow", "flow: encoder width 192, estimator 128 channels"),
                       ("hift", "HiFT vocoder, 128 base channels")):
        tensors = {t.data_ptr(): t.numel() for t in torch.load(folder / f"{name}.pt", weights_only=True).values()}
        rows.append(f"| {what} | {sum(tensors.values()) / 1e6:.2f} M | `{name}.pt`, {(folder / f'{name}.pt').stat().st_size / 1e6:.1f} MB, float16 |\n")
    for name, what in (("speech_tokenizer_v2", "speech tokenizer, 3^7 = 2187 codes"), ("campplus", "speaker embedding")):
        rows.append(f"| {what} | | `{name}.onnx`, {(folder / f'{name}.onnx').stat().st_size / 1e6:.1f} MB |\n")
    state = json.loads((folder / "training-state.json").read_text())
    rows.append("\nTraining state: " + ", ".join(f"{part} {text}" for part, text in state.items()) + ".\n")
    return "".join(rows)


def figures(reports: dict[str, dict]) -> str:
    if not reports:
        return "\n## Measured quality\n\nNot measured yet: an early export.\n"
    names = list(reports)
    lines = ["\n## Measured quality\n\n60 everyday sentences a voice and 40 Mandarin sentences, none of them in training; pocketsphinx's general English model.\n",
             "| | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]

    def row(label: str, value) -> None:
        lines.append(f"| {label} | " + " | ".join(value(reports[n]) for n in names) + " |")

    for voice in reports[names[0]]["wer"]:
        row(f"word error rate, {voice}", lambda r, v=voice: f"{100 * r['wer'][v]:.1f} %" if v in r["wer"] else "")
    for key, label in LABELS.items():
        row(label, lambda r, k=key: "" if r.get(k) is None else f"{r[k]}" if k in ("peak", "largest_dc") else f"{100 * r[k]:.1f} %")
    row("durations within 25 % of the teacher's", lambda r: f"{100 * r['duration']['within_25_percent']:.1f} %")
    row("words never heard in training, heard right", lambda r: f"{r['new_words']['heard']} of {r['new_words']['count']}" if r.get("new_words") else "")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    reports = {}
    for argument in arguments:
        name, _, path = argument.partition("=")
        reports[name] = json.loads(Path(path).read_text("utf-8").strip().splitlines()[-1])
    folder = paths.VOICE
    prompts = "\n## Prompts\n\n" + "".join(f"- `{voice}`: {text}\n" for voice, text in TEXTS.items())
    (folder / "README.md").write_text(HEAD + parts(folder) + figures(reports) + prompts + TAIL, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
