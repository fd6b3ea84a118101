"""A training loop that survives a kill at any moment.

`Run` keeps model, optimiser, step and random state in one checkpoint file that is replaced atomically; the next start
goes on from it. Progress lines carry the time that is left.
"""

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from . import progress


SAVE_EVERY_S = float(os.environ.get("LIGHT_TTS_VOICE_SAVE_EVERY", "120"))
"""At most this much work of a stage is lost by a kill."""


def begin() -> None:
    """One core a stage, or as many as `LIGHT_TTS_VOICE_STAGE_THREADS` says. Whatever is random starts from a fixed seed."""
    torch.set_num_threads(int(os.environ.get("LIGHT_TTS_VOICE_STAGE_THREADS", "1")))
    torch.manual_seed(20260)


def save_atomically(value: object, path: Path) -> None:
    """Writes with torch.save so that a reader sees the old or the new file, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    torch.save(value, part)
    part.replace(path)


def write_atomically(text: str, path: Path) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def one_cycle(step: int, steps: int, peak: float, warmup: int = 150, floor: float = 0.02) -> float:
    """Linear warm-up, then half a cosine down to `floor` * peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def parameter_groups(modules: Iterable[torch.nn.Module], decay: float) -> list[dict]:
    """Weight decay on matrices and kernels only."""
    params = [p for m in modules for p in m.parameters() if p.requires_grad]
    return [{"params": [p for p in params if p.ndim > 1], "weight_decay": decay},
            {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0.0}]


class Run:
    """One resumable training stage with the parts to save (`parts`: name -> module) and one optimiser."""

    def __init__(self, name: str, folder: Path, parts: dict[str, torch.nn.Module], optimiser: torch.optim.Optimizer,
                 steps: int, peak: float, clip: float = 1.0, save_every_s: float = SAVE_EVERY_S):
        self.name, self.path, self.parts, self.optimiser = name, folder / f"{name}.ckpt", parts, optimiser
        self.steps, self.peak, self.clip, self.save_every_s = steps, peak, clip, save_every_s
        self.step, self.seconds, self.loss = 0, 0.0, 0.0
        if self.path.exists():
            state = torch.load(self.path, weights_only=False)
            for key, module in parts.items():
                module.load_state_dict(state["parts"][key])
            optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = state["step"], state["seconds"]
            print(f"{name}: resumed at step {self.step} of {steps}", flush=True)

    @property
    def finished(self) -> bool:
        return self.step >= self.steps

    def save(self) -> None:
        progress.write_training(self.name, progress.Training(self.step, self.steps, self.seconds, self.loss))
        save_atomically({"parts": {k: m.state_dict() for k, m in self.parts.items()}, "step": self.step, "steps": self.steps,
                         "optimiser": self.optimiser.state_dict(), "seconds": self.seconds}, self.path)

    def train(self, loss_of: Callable[[int], tuple[torch.Tensor, dict[str, float]]], report_every: int = 50,
              after_report: Callable[[int], None] | None = None) -> None:
        """`loss_of(step)` gives the loss and named figures; it must draw its data from the step number."""
        saved, began, sums, count = time.time(), time.time(), {}, 0
        while not self.finished:
            rate = one_cycle(self.step, self.steps, self.peak)
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group.get("scale", 1.0)
            tick = time.process_time()
            loss, figures = loss_of(self.step)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            params = [p for group in self.optimiser.param_groups for p in group["params"]]
            norm = torch.nn.utils.clip_grad_norm_(params, self.clip)
            if torch.isfinite(norm):
                self.optimiser.step()
            self.step += 1
            self.seconds += time.process_time() - tick
            self.loss = float(loss.detach())
            for key, value in {"loss": self.loss, **figures}.items():
                sums[key] = sums.get(key, 0.0) + value
            count += 1
            if self.step % report_every == 0 or self.finished:
                means = " ".join(f"{key} {value / count:.4f}" for key, value in sums.items())
                pace = (time.time() - began) / count
                left = pace * (self.steps - self.step) / 60
                progress.add_to_curve(self.name, self.step, self.seconds, {key: value / count for key, value in sums.items()})
                print(f"{self.name}: step {self.step}/{self.steps} {means} lr {rate:.2e} {pace:.3f} s/step, {left:.0f} min left", flush=True)
                if after_report:
                    after_report(self.step)
                sums, count, began = {}, 0, time.time()
            if time.time() - saved > self.save_every_s or self.finished:
                self.save()
                saved = time.time()
