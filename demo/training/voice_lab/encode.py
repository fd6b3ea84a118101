"""Stage 8: speech codes of every utterance, `tokens/NAME.npz`.

`codes` holds all utterances of a shard one after the other, as their labels have it; `heard` the same as the speech tokenizer
hears them, which is what prompts are made of. `lengths` says how many tokens each has.
"""

import numpy as np
import torch

from . import codes, corpus, features, loop, paths, scale, shards, shipped
from .speech_tokenizer import MelGuess, SpeechEncoder


def load_encoder() -> SpeechEncoder | shipped.Tokenizer:
    if scale.current().onward:
        return shipped.Tokenizer()
    encoder = SpeechEncoder()
    encoder.load_state_dict(torch.load(paths.MODELS / "tokenizer.pt", weights_only=True)["encoder"])
    return encoder.eval().requires_grad_(False)


def load_guess() -> MelGuess:
    """The guess of the mel by true codes and speaker that the tokenizer was trained with."""
    made = paths.MODELS / "guess.pt"
    weights = torch.load(made, weights_only=True) if made.exists() else torch.load(paths.MODELS / "tokenizer.pt", weights_only=True)["guess"]
    guess = MelGuess(weights["speaker.weight"].shape[0])
    guess.load_state_dict(weights)
    return guess.eval().requires_grad_(False)


def heard(encoder: SpeechEncoder | shipped.Tokenizer, wave: torch.Tensor) -> torch.Tensor:
    """[N] at 16 kHz -> codes [N / 640, rounded up as the exported model does]."""
    return encoder.codes(features.whisper_log_mel(wave[None]))[0]


def encode_shard(name: str, encoder: SpeechEncoder | shipped.Tokenizer) -> None:
    target = paths.TOKENS / f"{name}.npz"
    if target.exists():
        return
    known, recognised = [], []
    for u in corpus.read_shard(name):
        known.append(codes.of(u).astype(np.uint16))
        recognised.append(heard(encoder, torch.from_numpy(u.low)).numpy().astype(np.uint16))
        if len(known[-1]) != len(recognised[-1]):
            raise ValueError(f"{len(known[-1])} codes, {len(recognised[-1])} heard")
    part = target.with_suffix(".part.npz")
    np.savez(part, codes=np.concatenate(known), heard=np.concatenate(recognised), lengths=np.array([len(c) for c in known]))
    part.replace(target)


def main() -> None:
    loop.begin()
    paths.TOKENS.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder()
    plan = shards.in_order()
    for done, shard in enumerate(plan, 1):
        encode_shard(shard.name, encoder)
        if done % 20 == 0 or done == len(plan):
            print(f"encode: {done} of {len(plan)} shards", flush=True)


if __name__ == "__main__":
    main()
