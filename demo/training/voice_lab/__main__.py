"""Runs the whole recipe: python -m voice_lab [--export-every MINUTES]

Every stage is a process of its own that goes on from its last checkpoint, so this command can be stopped and started
at any time. At most two stages run at once, one thread each; where more are ready, they take turns. A voice is
exported to work/voice as soon as all three models exist and again whenever they have gone on for a while, and to
demo/voice when everything is done.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import lines, paths

SLOTS = 2
TURN_S = 600
POLL_S = 5
SPOKEN = lines.SHARDS + lines.EXTRA_SHARDS


def _die_with_parent() -> None:
    """Asks Linux to kill this process when the one that started it is gone (it may lie paused)."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _model(name: str) -> Callable[[], bool]:
    return lambda: (paths.MODELS / f"{name}.pt").exists()


def _count(folder: str, suffix: str) -> int:
    return len(list((paths.WORK / folder).glob(f"[0-9]*{suffix}")))


def _spoken(part: int, parts: int) -> bool:
    return all((paths.SPEECH / f"{k:04d}.jsonl").exists() for k in range(part, SPOKEN, parts))


def _encoded(part: int, parts: int) -> bool:
    return all((paths.TOKENS / f"{k:04d}.npz").exists() for k in range(part, SPOKEN, parts))


@dataclass
class Stage:
    """`steady` stages keep their slot; the others take turns."""

    name: str
    command: list[str]
    done: Callable[[], bool]
    needs: tuple[str, ...] = ()
    steady: bool = False


STAGES = [
    Stage("lines", ["lines"], lambda: _count("lines", ".tsv") == SPOKEN),
    Stage("speak-0", ["speak", "0", "2"], lambda: _spoken(0, 2), ("lines",)),
    Stage("speak-1", ["speak", "1", "2"], lambda: _spoken(1, 2), ("lines",)),
    Stage("text", ["text_tokenizer"], lambda: (paths.WORK / "tokenizer" / "merges.txt").exists(), ("lines",)),
    Stage("tokenizer", ["train_tokenizer"], _model("tokenizer"), ("speak-0", "speak-1"), steady=True),
    Stage("speaker", ["train_speaker"], _model("speaker"), ("speak-0", "speak-1")),
    Stage("encode-0", ["encode", "0", "2"], lambda: _encoded(0, 2), ("tokenizer",), steady=True),
    Stage("encode-1", ["encode", "1", "2"], lambda: _encoded(1, 2), ("tokenizer",), steady=True),
    Stage("language-model", ["train_language_model"], _model("language_model"), ("encode-0", "encode-1", "text"), steady=True),
    Stage("flow", ["train_flow"], _model("flow"), ("tokenizer", "speaker"), steady=True),
    Stage("vocoder", ["train_vocoder"], _model("vocoder"), ("speak-0", "speak-1")),
    Stage("flow-tune", ["train_flow", "tune"], _model("flow_tuned"), ("flow",)),
    Stage("made-mels", ["made_mels"], lambda: (paths.WORK / "made_mels.pt").exists(), ("flow",)),
    Stage("vocoder-tune", ["train_vocoder", "tune"], _model("vocoder_tuned"), ("made-mels", "vocoder")),
]


class Job:
    """One running stage."""

    def __init__(self, stage: Stage):
        self.stage, self.paused, self.since = stage, False, time.time()
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        log = (paths.LOGS / f"{stage.name}.log").open("a")
        module, *rest = stage.command
        self.process = subprocess.Popen([sys.executable, "-u", "-W", "ignore", "-m", f"voice_lab.{module}", *rest], stdout=log, stderr=log,
                                        cwd=paths.TRAINING, env={**os.environ, "OMP_NUM_THREADS": "1"}, preexec_fn=_die_with_parent)

    def pause(self, yes: bool) -> None:
        if yes != self.paused:
            self.process.send_signal(signal.SIGSTOP if yes else signal.SIGCONT)
            self.paused, self.since = yes, time.time()


class Recipe:
    def __init__(self, export_every_s: float):
        self.jobs: dict[str, Job] = {}
        self.failed: dict[str, int] = {}
        self.export_every_s, self.exported_at = export_every_s, 0.0

    def _ready(self, stage: Stage) -> bool:
        by_name = {s.name: s for s in STAGES}
        return (stage.name not in self.jobs and self.failed.get(stage.name, 0) < 3 and not stage.done()
                and all(by_name[n].done() and n not in self.jobs for n in stage.needs))

    def _reap(self) -> None:
        for name, job in list(self.jobs.items()):
            code = job.process.poll()
            if code is None:
                continue
            del self.jobs[name]
            if code == 0 and job.stage.done():
                print(f"{time.strftime('%H:%M:%S')} {name}: done", flush=True)
                self.exported_at = 0.0
            else:
                self.failed[name] = self.failed.get(name, 0) + 1
                print(f"{time.strftime('%H:%M:%S')} {name}: ended with {code}, see {paths.LOGS / name}.log", flush=True)

    def _share_slots(self) -> None:
        """Starts what is ready; pauses and resumes so that `SLOTS` run and the rest take turns."""
        for stage in STAGES:
            if self._ready(stage):
                print(f"{time.strftime('%H:%M:%S')} {stage.name}: starts", flush=True)
                self.jobs[stage.name] = Job(stage)
        jobs = list(self.jobs.values())
        steady = [j for j in jobs if j.stage.steady][:SLOTS]
        others = [j for j in jobs if j not in steady]
        free = SLOTS - len(steady)
        waiting_longest = sorted((j for j in others if j.paused), key=lambda j: j.since)
        running = sorted((j for j in others if not j.paused), key=lambda j: j.since)
        tired = [j for j in running if waiting_longest and time.time() - j.since > TURN_S]
        keep = [j for j in running if j not in tired] + waiting_longest + tired
        for place, job in enumerate(keep):
            job.pause(place >= free)
        for job in steady:
            job.pause(False)

    def _export(self) -> None:
        """Exports when all models have at least a checkpoint and time has passed."""
        have = all(any((paths.MODELS / f"{n}{s}").exists() for s in (".pt", ".ckpt")) for n in ("language_model", "flow", "vocoder"))
        if have and time.time() - self.exported_at > self.export_every_s:
            self.exported_at = time.time()
            self._write(paths.PREVIEW)

    def _write(self, folder: Path) -> None:
        with (paths.LOGS / "export.log").open("a") as log:
            code = subprocess.run([sys.executable, "-W", "ignore", "-m", "voice_lab.export", str(folder)], stdout=log, stderr=log, cwd=paths.TRAINING,
                                  env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode
        print(f"{time.strftime('%H:%M:%S')} export: {'ok' if code == 0 else f'failed with {code}'}", flush=True)

    def run(self) -> None:
        stop = {"now": False}
        signal.signal(signal.SIGTERM, lambda *_: stop.update(now=True))
        try:
            while not stop["now"]:
                self._reap()
                self._share_slots()
                self._export()
                if not self.jobs and all(stage.done() for stage in STAGES):
                    self._write(paths.VOICE)
                    print("all stages are done", flush=True)
                    return
                if not self.jobs:
                    sys.exit("nothing can go on: " + ", ".join(f"{n} failed {k} times" for n, k in self.failed.items()))
                time.sleep(POLL_S)
        finally:
            for job in self.jobs.values():
                job.process.send_signal(signal.SIGCONT)
                job.process.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export-every", type=float, default=20, help="minutes")
    Recipe(60 * parser.parse_args().export_every).run()
