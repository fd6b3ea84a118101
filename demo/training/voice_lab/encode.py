"""Stage 8: speech codes of every utterance, `tokens/NAME.npz`.

`codes` and `labels` hold all utterances of a shard one after the other; `lengths` says how many tokens each has.
labels [tokens, 5]: phone and tone at 1/4 and 3/4 of the token, unit at its middle.
"""

import json

import numpy as np
import torch

from . import corpus, features, loop, paths, shards
from .speech_tokenizer import SpeechEncoder, code_of


def load_encoder(name: str = "tokenizer") -> tuple[SpeechEncoder, corpus.PhoneLabels]:
    state = torch.load(paths.MODELS / f"{name}.pt", weights_only=True)
    encoder = SpeechEncoder()
    encoder.load_state_dict(state["encoder"])
    return encoder.eval().requires_grad_(False), corpus.PhoneLabels(state["phones"])


def codes_of(encoder: SpeechEncoder, wave: torch.Tensor) -> torch.Tensor:
    """[N] at 16 kHz -> codes [N / 640, rounded up as the exported model does]."""
    return code_of(torch.round(encoder(features.whisper_log_mel(wave[None]))))[0]


def encode_shard(name: str, encoder: SpeechEncoder, labels: corpus.PhoneLabels) -> None:
    target = paths.TOKENS / f"{name}.npz"
    if target.exists():
        return
    codes, marks = [], []
    for u in corpus.read_shard(name):
        codes.append(codes_of(encoder, torch.from_numpy(u.low)).numpy().astype(np.uint16))
        marks.append(labels.per_token(u))
        if len(codes[-1]) != len(marks[-1]):
            raise ValueError(f"{len(codes[-1])} codes, {len(marks[-1])} labels")
    part = target.with_suffix(".part.npz")
    np.savez(part, codes=np.concatenate(codes), labels=np.concatenate(marks), lengths=np.array([len(c) for c in codes]))
    part.replace(target)


def main() -> None:
    loop.begin()
    paths.TOKENS.mkdir(parents=True, exist_ok=True)
    encoder, labels = load_encoder()
    (paths.TOKENS / "phones.json").write_text(json.dumps(labels.names, ensure_ascii=False), "utf-8")
    plan = shards.in_order()
    for done, shard in enumerate(plan, 1):
        encode_shard(shard.name, encoder, labels)
        if done % 20 == 0 or done == len(plan):
            print(f"encode: {done} of {len(plan)} shards", flush=True)


if __name__ == "__main__":
    main()
