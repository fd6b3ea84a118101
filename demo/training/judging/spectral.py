"""MFCCs and dynamic time warping, for telling which sentence an output says."""

import numpy as np
import torch
from voice_lab import features


def mfcc(wave: np.ndarray, count: int = 20) -> np.ndarray:
    """[T, count] at 100 frames/s without the energy term, mean-normalised; trailing and leading quiet cut."""
    fbank = features.kaldi_fbank(torch.from_numpy(np.ascontiguousarray(wave, dtype=np.float32))).numpy()
    energy = fbank.mean(1)
    loud = np.flatnonzero(energy > energy.max() - 8)
    fbank = fbank[loud[0]:loud[-1] + 1]
    k = np.arange(80)
    basis = np.cos(np.pi * np.outer(np.arange(1, count + 1), k + 0.5) / 80)
    out = fbank @ basis.T / 80
    return (out - out.mean(0)) / (out.std(0) + 1e-3)


def warped_distance(a: np.ndarray, b: np.ndarray) -> float:
    """DTW distance per step of the path's diagonal length."""
    cost = np.sqrt(np.maximum(0, (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T))
    best = np.full((len(a) + 1, len(b) + 1), np.inf)
    best[0, 0] = 0
    for i in range(1, len(a) + 1):
        above = np.minimum(best[i - 1, 1:], best[i - 1, :-1])
        row, left = best[i], np.inf
        for j in range(1, len(b) + 1):
            left = row[j] = cost[i - 1, j - 1] + (above[j - 1] if above[j - 1] < left else left)
    return float(best[-1, -1] / (len(a) + len(b)))


def identified(outputs: list[np.ndarray], references: list[np.ndarray]) -> list[bool]:
    """Whether output k is nearest to reference k."""
    ours, theirs = ([mfcc(w)[::2] for w in waves] for waves in (outputs, references))
    return [int(np.argmin([warped_distance(mine, other) for other in theirs])) == k for k, mine in enumerate(ours)]
