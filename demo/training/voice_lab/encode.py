"""Stage 6: speech codes of every utterance, `work/tokens/NNNN.npz`.

`codes` and `labels` hold all utterances of a shard one after the other; `lengths` says how many tokens each has.
labels [tokens, 5]: phone and tone at 1/4 and 3/4 of the token, word at its middle.
"""

import json
import sys

import numpy as np
import torch

from . import corpus, features, loop, paths
from .speech_tokenizer import SpeechEncoder, code_of


def load_encoder() -> tuple[SpeechEncoder, corpus.PhoneLabels]:
    state = torch.load(paths.MODELS / "tokenizer.pt", weights_only=True)
    encoder = SpeechEncoder()
    encoder.load_state_dict(state["encoder"])
    return encoder.eval().requires_grad_(False), corpus.PhoneLabels(state["phones"])


def codes_of(encoder: SpeechEncoder, wave: torch.Tensor) -> torch.Tensor:
    """[N] at 16 kHz -> codes [N / 640, rounded up as the exported model does]."""
    return code_of(torch.round(encoder(features.whisper_log_mel(wave[None]))))[0]


def encode_shard(shard: int, encoder: SpeechEncoder, labels: corpus.PhoneLabels) -> None:
    target = paths.TOKENS / f"{shard:04d}.npz"
    if target.exists():
        return
    codes, marks = [], []
    for u in corpus.read_shard(shard):
        codes.append(codes_of(encoder, torch.from_numpy(u.wave)).numpy().astype(np.uint16))
        marks.append(labels.per_token(u))
        if len(codes[-1]) != len(marks[-1]):
            raise ValueError(f"{len(codes[-1])} codes, {len(marks[-1])} labels")
    part = target.with_suffix(".part.npz")
    np.savez(part, codes=np.concatenate(codes), labels=np.concatenate(marks), lengths=np.array([len(c) for c in codes]))
    part.rename(target)


def main(part: int, parts: int) -> None:
    loop.one_thread()
    paths.TOKENS.mkdir(parents=True, exist_ok=True)
    encoder, labels = load_encoder()
    (paths.TOKENS / "phones.json").write_text(json.dumps(labels.names, ensure_ascii=False), "utf-8")
    shards = corpus.spoken_shards()[part::parts]
    for done, shard in enumerate(shards, 1):
        encode_shard(shard, encoder, labels)
        if done % 5 == 0 or done == len(shards):
            print(f"encode {part}/{parts}: {done} of {len(shards)} shards", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
