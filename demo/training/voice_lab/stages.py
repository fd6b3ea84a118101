"""The recipe as a graph: what each stage runs, what it waits for, when it is done, and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

from . import paths, progress, scale, shards


@dataclass(frozen=True)
class Stage:
    """`command` follows `python -m voice_lab.`; `share` is in 0..1; `hours` = CPU-hours left, from what was measured."""

    name: str
    command: list[str]
    done: Callable[[], bool]
    share: Callable[[], float]
    hours: Callable[[], float]
    needs: tuple[str, ...] = ()


def _exists(name: str) -> Callable[[], bool]:
    return lambda: (paths.WORK / name).exists()


def _speak(name: str, worker: int, since: float, until: float, needs: tuple[str, ...] = ()) -> Stage:
    """One of the workers that speak the shards of the plan from place `since` to `until`."""
    def part() -> list[shards.Shard]:
        return [shard for shard in shards.in_order() if since <= shard.place < until]

    def missing() -> list[shards.Shard]:
        return [shard for shard in part() if not (paths.SPEECH / f"{shard.name}.jsonl").exists()]

    return Stage(f"{name}-{worker}", ["speak", str(until)], lambda: not missing(), lambda: 1 - len(missing()) / max(1, len(part())),
                 lambda: progress.speaking_hours(missing()) if worker == 0 else 0.0, needs)


def _trained(name: str, command: list[str], needs: tuple[str, ...]) -> Stage:
    steps = scale.current().steps[name]

    def share() -> float:
        return 1.0 if done() else progress.of_training(name).step / steps

    done = _exists(f"models/{name}.pt")
    return Stage(name.replace("_", "-"), command, done, share, lambda: (1 - share()) * steps * progress.seconds_per_step(name) / 3600, needs)


def _short(name: str, command: list[str], file: str, hours: float, needs: tuple[str, ...]) -> Stage:
    done = _exists(file)
    return Stage(name, command, done, lambda: float(done()), lambda: 0.0 if done() else hours, needs)


FIRST, ALL = 0.0, 2.0
"""Places in the plan of the shards: what is spoken before all proportion, and all."""


def _coded(name: str, plan: list[shards.Shard], ending: str, hours: float, needs: tuple[str, ...] = ()) -> Stage:
    """A stage whose last file of each shard is `tokens/SHARD.ENDING`; `hours` for all of them."""
    def share() -> float:
        return sum((paths.TOKENS / f"{shard.name}.{ending}").exists() for shard in plan) / len(plan)

    return Stage(name, [name], lambda: share() == 1, share, lambda: hours * (1 - share()), needs)


def all_stages() -> list[Stage]:
    """Most urgent first: of the stages that can go on, as many run as there are threads."""
    def both(part: str) -> tuple[str, ...]:
        return (f"{part}-0", f"{part}-1")

    speaking = [*(_speak("speak-first", worker, -9.0, FIRST) for worker in (0, 1)),
                *(_speak("speak", worker, FIRST, ALL, both("speak-first")) for worker in (0, 1))]
    if scale.current().onward:
        return [
            _short("shipped", ["shipped"], "models/flow.pt", 0.01, ()),
            *speaking,
            _coded("encode", shards.in_order(), "npz", 0.05, both("speak")),
            _coded("recite", shards.recited(), "jsonl", 0.6),
            _trained("guess", ["train_guess"], both("speak")),
            _trained("language_model_tuned", ["train_language_model", "tune"], ("shipped", "encode", "recite")),
            _trained("flow_tuned", ["train_flow", "tune"], ("shipped", "guess")),
            _short("export", ["export"], "exported", 0.01, ("language-model-tuned", "flow-tuned")),
        ]
    return [
        *speaking,
        _trained("tokenizer", ["train_tokenizer"], both("speak")),
        _short("ceiling", ["ceiling"], "ceiling.json", 0.2, ("tokenizer",)),
        _coded("recite", shards.recited(), "jsonl", 1.5),
        _trained("speaker", ["train_speaker"], both("speak")),
        _short("text", ["text_tokenizer"], "tokenizer/merges.txt", 0.02, both("speak")),
        _coded("encode", shards.in_order(), "npz", 0.2, ("ceiling", *both("speak"))),
        _trained("flow", ["train_flow"], ("ceiling", "speaker")),
        _trained("flow_tuned", ["train_flow", "tune"], ("flow",)),
        _trained("language_model", ["train_language_model"], ("encode", "recite", "text")),
        _trained("language_model_tuned", ["train_language_model", "tune"], ("language-model",)),
        _trained("vocoder", ["train_vocoder"], both("speak")),
        _short("made-mels", ["made_mels"], "made_mels.pt", 0.2, ("flow-tuned",)),
        _trained("vocoder_tuned", ["train_vocoder", "tune"], ("made-mels", "vocoder")),
        _short("export", ["export"], "exported", 0.01, ("language-model-tuned", "vocoder-tuned")),
    ]
