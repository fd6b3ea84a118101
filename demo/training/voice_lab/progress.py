"""What the stages have done and what it cost, kept beside their results; the table of `run.sh --status`."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from . import paths, scale, shards

EXPECTED_SECONDS = {"tokenizer": 0.25, "guess": 0.08, "speaker": 0.6, "flow": 1.6, "flow_tuned": 0.9, "vocoder": 0.9,
                    "vocoder_tuned": 1.6, "language_model": 1.0, "language_model_tuned": 0.8}
"""CPU-seconds a step before a stage has measured its own."""
EXPECTED_SPEECH = {"main": 20.0, "english": 130.0, "mandarin": 130.0}
"""CPU-seconds a shard of the full scale, likewise."""


@dataclass
class Training:
    step: int = 0
    steps: int = 0
    cpu_s: float = 0.0
    loss: float = 0.0


def _file(name: str) -> Path:
    folder = paths.WORK / "progress"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.json"


def write_training(name: str, now: Training) -> None:
    """Replaced whole."""
    path = _file(name)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(now)))
    part.replace(path)


def add_to_curve(name: str, step: int, cpu_s: float, figures: dict[str, float]) -> None:
    """One line of JSON in `progress/NAME.curve`; after a kill some steps may stand there twice, with the same figures."""
    with _file(name).with_suffix(".curve").open("a") as file:
        file.write(json.dumps({"step": step, "cpu_s": round(cpu_s, 1)} | {key: round(value, 4) for key, value in figures.items()}) + "\n")


def of_training(name: str) -> Training:
    try:
        return Training(**json.loads(_file(name).read_text()))
    except FileNotFoundError:
        return Training()


def seconds_per_step(name: str) -> float:
    """CPU-seconds; measured where the stage has begun."""
    now = of_training(name)
    return now.cpu_s / now.step if now.step > 20 else EXPECTED_SECONDS[name]


def spoke(shard: shards.Shard, cpu_s: float, audio_s: float) -> None:
    """Adds a line to the costs; a short append is whole."""
    with _file("speech").with_suffix(".tsv").open("a") as file:
        file.write(f"{shard.family}\t{shard.name}\t{cpu_s:.1f}\t{audio_s:.1f}\n")


def speech_costs() -> dict[str, tuple[float, float, int]]:
    """Family -> (CPU-seconds, seconds of speech, shards) of what was measured."""
    out: dict[str, tuple[float, float, int]] = {}
    path = _file("speech").with_suffix(".tsv")
    for line in path.read_text().splitlines() if path.exists() else []:
        family, _, cpu, audio = line.split("\t")
        before = out.get(family, (0.0, 0.0, 0))
        out[family] = (before[0] + float(cpu), before[1] + float(audio), before[2] + 1)
    return out


def speaking_hours(missing: Iterable[shards.Shard]) -> float:
    """CPU-hours for the shards."""
    costs = speech_costs()
    return sum(costs[s.family][0] / costs[s.family][2] if s.family in costs else EXPECTED_SPEECH[s.family] for s in missing) / 3600


def speech_hours() -> dict[str, float]:
    """Family -> hours of finished speech."""
    out: dict[str, float] = {}
    for path in sorted(paths.SPEECH.glob("*.jsonl")):
        samples = sum(json.loads(line)["samples"] for line in path.read_text("utf-8").splitlines())
        family = path.stem.rpartition("-")[0]
        out[family] = out.get(family, 0.0) + samples / 24000 / 3600
    return out


CEILINGS = {"en": 0.03, "zh": 0.08}
"""Error rates of words and of characters above which the codes must change before more is built on them."""


def ceiling() -> list[str]:
    """What the codes can give at best, once measured: by the flow where it was heard, else by the rough guess of the mel."""
    path = paths.WORK / "ceiling.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text("utf-8"))
    by = "codes, flow" if "codes, flow" in found["en"] else "codes"
    parts = [f"{language} {100 * found[language][by]:.1f} % ({'too high, limit' if found[language][by] > limit else 'limit'} {100 * limit:.0f} %, "
             f"teacher {100 * found[language]['teacher']:.1f} %)" for language, limit in CEILINGS.items()]
    return ["ceiling of the codes: " + ", ".join(parts)]


def table(stages: list, running: list[str], state: str) -> str:
    """The status as text."""
    lines = [f"{paths.WORK} ({scale.current().name}): {state}", f"{'stage':18} {'done':>6} {'CPU-h left':>11}"]
    total = 0.0
    for stage in stages:
        share, left = (1.0, 0.0) if stage.done() else (min(stage.share(), 0.999), stage.hours())
        total += left
        waits = [name for name in stage.needs if not next(s for s in stages if s.name == name).done()]
        note = "runs" if stage.name in running else "" if share == 1 else f"waits for {', '.join(waits)}" if waits else "ready"
        lines.append(f"{stage.name:18} {100 * share:5.1f}% {left:11.2f}  {note}")
    lines.append(f"{'all':18} {'':6} {total:11.2f}")
    hours = speech_hours()
    lines.append("speech: " + (", ".join(f"{family} {value:.2f} h" for family, value in hours.items()) or "none yet"))
    lines += ceiling()
    lines.append(time.strftime("as of %Y-%m-%d %H:%M:%S"))
    return "\n".join(lines)
