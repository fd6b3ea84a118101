"""Stage 5: trains the speaker network on all voices and their pitch variants, 0.8 to 4 s at a time."""

import numpy as np
import torch

from . import corpus, features, loop, paths
from .speaker import CosineClasses, SpeakerNet

SHARDS = range(20, 22)
STEPS, BATCH, PEAK = 1200, 48, 2e-3


def fbank(wave: torch.Tensor) -> torch.Tensor:
    """[N] -> [T, 80], mean-subtracted over the piece, as the reference feeds it."""
    feats = features.kaldi_fbank(wave)
    return feats - feats.mean(0, keepdim=True)


def main() -> None:
    loop.one_thread()
    final = paths.MODELS / "speaker.pt"
    if final.exists():
        return
    raw: dict[int, list[torch.Tensor]] = {}
    for u in corpus.read_with_variants(list(SHARDS), 0.6, seed=3):
        if len(u.pcm) > 16000:
            raw.setdefault(u.speaker, []).append(features.kaldi_fbank(torch.from_numpy(u.wave)).half())
    speakers = sorted(raw)
    print(f"speaker: {sum(map(len, raw.values()))} utterances of {len(speakers)} voices and variants", flush=True)
    model, head = SpeakerNet(), CosineClasses(len(corpus.VOICES) * len(corpus.PITCHES))
    parts = {"net": model, "head": head}
    run = loop.Run("speaker", paths.MODELS, parts, torch.optim.AdamW(loop.parameter_groups(parts.values(), 0.01)), STEPS, PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        rng = np.random.default_rng(5_000_000 + step)
        frames = int(rng.integers(80, 400))
        rows, labels = [], rng.choice(speakers, BATCH)
        for speaker in labels:
            feats = raw[speaker][rng.integers(len(raw[speaker]))].float()
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
