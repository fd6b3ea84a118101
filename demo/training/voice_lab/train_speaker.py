"""Stage 6: trains the speaker network on every speaker and two pitch variants of each, 0.8 to 4 s at a time, half of them spoiled."""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from . import augment, corpus, features, loop, paths, scale, shipped
from .speaker import CosineClasses, SpeakerNet

BATCH, PEAK = 48, 2e-3
PITCHES = (1.0, 0.88, 1.13)
PER_CLASS = 24
"""Utterances kept of each class; the named voices have thousands."""
SPOILED = 0.5
SHORTEST_S = 0.8


def fbank(wave: torch.Tensor) -> torch.Tensor:
    """[N] at 16 kHz -> [T, 80], mean-subtracted over the piece, as the reference feeds it."""
    feats = features.kaldi_fbank(wave)
    return feats - feats.mean(0, keepdim=True)


def load_net() -> Callable[[torch.Tensor], torch.Tensor]:
    """Features [B, T, 80] -> embeddings [B, 192]."""
    if scale.current().onward:
        return shipped.embedding
    net = SpeakerNet().eval().requires_grad_(False)
    net.load_state_dict(torch.load(paths.MODELS / "speaker.pt", weights_only=True))
    return net


def collect(names: list[str]) -> dict[str, list[torch.Tensor]]:
    """Class -> features of its utterances; each utterance is there clean and spoiled."""
    rng, out = np.random.default_rng(41), {}
    for name in names:
        for u in corpus.read_shard(name):
            for pitch in PITCHES:
                rows = out.setdefault(u.speaker if pitch == 1 else f"{u.speaker}@{pitch}", [])
                if len(rows) >= PER_CLASS or len(u.pcm) < SHORTEST_S * corpus.RATE:
                    continue
                low = (u if pitch == 1 else corpus.varied(u, pitch)).low
                rows += [features.kaldi_fbank(torch.from_numpy(w)).half() for w in (low, augment.spoiled(low, rng, 1.0))]
    return {name: rows for name, rows in out.items() if rows}


def main() -> None:
    loop.begin()
    final = paths.MODELS / "speaker.pt"
    if final.exists():
        return
    began, wanted = time.time(), scale.current().tokenizer
    made = set(corpus.spoken())
    raw = collect([s for family, count in wanted.items() for s in corpus.first(family, count if family != "main" else 1) if s in made])
    if not raw:
        sys.exit("speaker: nothing is spoken yet")
    classes = sorted(raw)
    print(f"speaker: {sum(map(len, raw.values()))} utterances of {len(classes)} speakers and variants in {time.time() - began:.0f} s", flush=True)
    model, head = SpeakerNet(), CosineClasses(len(classes))
    parts = {"net": model, "head": head}
    run = loop.Run("speaker", paths.MODELS, parts, torch.optim.AdamW(loop.parameter_groups(parts.values(), 0.01)), scale.current().steps["speaker"], PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        rng = np.random.default_rng(5_000_000 + step)
        frames = int(rng.integers(80, 400))
        rows, labels = [], rng.choice(len(classes), scale.current().rows(BATCH))
        for label in labels:
            of_class = raw[classes[label]]
            place = 2 * rng.integers(len(of_class) // 2) + (rng.random() < SPOILED)
            feats = of_class[place].float()
            feats = feats.repeat(-(-frames // len(feats)), 1)
            at = rng.integers(0, len(feats) - frames + 1)
            piece = feats[at:at + frames]
            rows.append(piece - piece.mean(0, keepdim=True))
        loss, right = head(model(torch.stack(rows)), torch.from_numpy(labels))
        return loss, {"right": right.item()}

    run.train(loss_of, report_every=100)
    loop.save_atomically(model.state_dict(), final)


if __name__ == "__main__":
    main()
