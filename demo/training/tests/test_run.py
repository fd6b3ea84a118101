"""The run as a whole: one at a time, stopped and continued, told apart from other processes; and the order of its stages."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from voice_lab import processes, progress, shards, stages

HERE = Path(__file__).resolve().parents[1]
HOLDER = """
import subprocess, sys, time
from voice_lab import processes
lock = processes.claim()
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('held', flush=True)
time.sleep(600)
"""


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def wait_for(pid: int, wanted: str) -> None:
    while (state_of(pid) == "T") != (wanted == "T"):
        time.sleep(0.01)


def test_one_run_a_folder_paused_and_resumed(tmp_path: Path) -> None:
    env = {**os.environ, "LIGHT_TTS_VOICE_WORK": str(tmp_path)}
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=HERE, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"

        def ask(*words: str) -> subprocess.CompletedProcess:
            return subprocess.run([sys.executable, "-m", "voice_lab", *words], cwd=HERE, env=env, capture_output=True, text=True)

        second = ask()
        assert second.returncode == 1 and f"process {holder.pid} runs already" in second.stderr
        assert f"runs as process {holder.pid}" in ask("--status").stdout
        family = processes.family(holder.pid)
        assert len(family) == 2
        assert ask("--pause").returncode == 0
        for pid in family:
            wait_for(pid, "T")
        assert f"process {holder.pid}, paused" in ask("--status").stdout
        assert ask("--resume").returncode == 0
        for pid in family:
            wait_for(pid, "S")
    finally:
        for pid in processes.family(holder.pid):
            os.kill(pid, signal.SIGKILL)
        holder.wait()
    assert "does not run" in ask("--status").stdout
    assert ask("--pause").returncode == 1


def test_every_stage_waits_for_stages_before_it() -> None:
    plan = stages.all_stages()
    assert len({stage.name for stage in plan}) == len(plan)
    known: set[str] = set()
    for stage in plan:
        assert known.issuperset(stage.needs), stage.name
        known.add(stage.name)


def test_speaking_stages_cover_the_plan_once() -> None:
    edges = [stages.FIRST, stages.ALL]
    counts = [sum(low <= shard.place < high for shard in shards.in_order()) for low, high in zip([-9.0, *edges], edges)]
    assert sum(counts) == len(shards.in_order()) and min(counts) > 0


def test_hours_come_from_what_was_measured() -> None:
    plan = [shard for shard in shards.in_order() if shard.family == "english"][:10]
    before = progress.speaking_hours(plan)
    progress.spoke(plan[0], 36.0, 100.0)
    progress.spoke(plan[1], 72.0, 100.0)
    assert before != progress.speaking_hours(plan)
    assert abs(progress.speaking_hours(plan) - 10 * 54 / 3600) < 1e-9
