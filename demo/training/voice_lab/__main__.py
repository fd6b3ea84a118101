"""The whole recipe: every stage is a process of its own that goes on from its last checkpoint.

Kill this command or any stage at any moment; the next start goes on, with the same result. Of the stages that can go on,
as many run as there are threads, one thread each, at low priority.
"""

import argparse
import os
import signal
import subprocess
import sys
import time

from . import paths, processes, progress, scale, stages

POLL_S = float(os.environ.get("LIGHT_TTS_VOICE_POLL", "5"))
FAILURES = 3


class Recipe:
    def __init__(self, threads: int, nice: int):
        self.threads, self.nice = threads, nice
        self.jobs: dict[str, subprocess.Popen] = {}
        self.failed: dict[str, int] = {}
        self.stages = stages.all_stages()
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        (paths.WORK / "scale").write_text(scale.current().name)

    def _say(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    def _reap(self) -> None:
        for stage in self.stages:
            job = self.jobs.get(stage.name)
            code = job.poll() if job else None
            if code is None:
                continue
            del self.jobs[stage.name]
            if code:
                self.failed[stage.name] = self.failed.get(stage.name, 0) + 1
            self._say(f"{stage.name}: " + (f"ended with {code}, see {paths.LOGS / stage.name}.log" if code else "done"))

    def _start(self) -> None:
        done = {stage.name for stage in self.stages if stage.done()}
        for stage in self.stages:
            if len(self.jobs) == self.threads:
                return
            tried = self.failed.get(stage.name, 0)
            if stage.name in self.jobs or stage.name in done or tried >= FAILURES or not done.issuperset(stage.needs):
                continue
            log = (paths.LOGS / f"{stage.name}.log").open("a")
            module, *rest = stage.command
            self.jobs[stage.name] = subprocess.Popen(
                [sys.executable, "-u", "-W", "ignore", "-m", f"voice_lab.{module}", *rest], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=paths.TRAINING, env={**os.environ, "OMP_NUM_THREADS": "1"}, preexec_fn=lambda: processes.low_priority(self.nice))
            log.close()
            self._say(f"{stage.name}: starts")

    def run(self) -> None:
        try:
            while not all(stage.done() for stage in self.stages):
                self._reap()
                self._start()
                if not self.jobs:
                    sys.exit("nothing can go on: " + ", ".join(f"{n} failed {k} times" for n, k in self.failed.items()))
                time.sleep(POLL_S)
            self._say("all stages are done")
        finally:
            for job in self.jobs.values():
                job.kill()


def status() -> str:
    runner, plan = processes.runner(), stages.all_stages()
    state = "does not run" if runner is None else f"process {runner}, paused" if processes.PAUSED.exists() else f"runs as process {runner}"
    commands = processes.commands(runner) if runner else []
    return progress.table(plan, [stage.name for stage in plan if [f"voice_lab.{stage.command[0]}", *stage.command[1:]] in commands], state)


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo/training/run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--status", action="store_true", help="what is done, what runs, CPU-hours left; changes nothing")
    parser.add_argument("--pause", action="store_true", help="stops the run where it stands; it keeps its memory and takes no time")
    parser.add_argument("--resume", action="store_true", help="lets a paused run go on")
    parser.add_argument("--threads", type=int, default=2, help="stages at once, one thread each (default 2)")
    parser.add_argument("--nice", type=int, default=19, help="0 to 19, how far it yields to other work (default 19)")
    parser.add_argument("--onward", action="store_true", help="one more round for the voice in demo/voice, on new lines, instead of a voice from nothing")
    parser.add_argument("--tiny", action="store_true", help="the miniature: everything in minutes, a voice that only babbles")
    options = parser.parse_args()
    runner = processes.runner()
    if options.status:
        # A reader such as `head` that leaves early is no error.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        print(status())
    elif options.pause or options.resume:
        if runner is None:
            sys.exit(f"{paths.WORK}: nothing runs there")
        if options.pause:
            processes.PAUSED.touch()
            processes.send(runner, signal.SIGSTOP)
        else:
            processes.send(runner, signal.SIGCONT)
            processes.PAUSED.unlink(missing_ok=True)
    else:
        lock = processes.claim()
        processes.PAUSED.unlink(missing_ok=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        Recipe(options.threads, options.nice).run()
        del lock


if __name__ == "__main__":
    main()
