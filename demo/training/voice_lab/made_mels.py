"""Stage 9: mels that the trained flow makes from true codes, for the vocoder's last third (`work/made_mels.pt`)."""

import time

import numpy as np
import torch

from . import corpus, features, loop, paths, pitch
from .encode import codes_of, load_encoder
from .flow import Flow, FlowSizes
from .speaker import SpeakerNet

SHARDS = [42, 43]
PER_VOICE = 170


@torch.no_grad()
def main() -> None:
    loop.one_thread()
    target = paths.WORK / "made_mels.pt"
    if target.exists():
        return
    encoder, _ = load_encoder()
    net, flow = SpeakerNet().eval(), Flow(FlowSizes()).eval()
    net.load_state_dict(torch.load(paths.MODELS / "speaker.pt", weights_only=True))
    flow.load_state_dict(torch.load(paths.MODELS / "flow.pt", weights_only=True))
    parts: dict[int, list[tuple]] = {}
    before: dict[int, tuple] = {}
    began = time.time()
    for count, u in enumerate(corpus.read_with_variants(SHARDS, 0.0)):
        if len(parts.get(u.speaker, [])) >= PER_VOICE:
            continue
        wave = torch.from_numpy(u.wave)
        high = torch.from_numpy(features.resample(u.wave, corpus.RATE, features.MEL_RATE))
        mel, codes = features.mel_spectrogram(high[None]), codes_of(encoder, wave)[None]
        feats = features.kaldi_fbank(wave)
        embedding = net((feats - feats.mean(0, keepdim=True))[None])
        if u.speaker in before:
            known_codes, known_mel, known_embedding = before[u.speaker]
            made = flow.inference(codes, known_codes, known_mel, known_embedding, streaming=count % 2 == 0)
            f0 = torch.from_numpy(pitch.per_frame(u.wave, corpus.RATE, mel.shape[2]))
            parts.setdefault(u.speaker, []).append((made[0].half(), f0, (high * 32767).clamp(-32767, 32767).to(torch.int16)))
        if u.tokens < 110:
            before[u.speaker] = (codes, mel.transpose(1, 2), embedding)
        if count % 100 == 0:
            print(f"made mels: {count} utterances, {time.time() - began:.0f} s", flush=True)
    loop.save_atomically({s: tuple(torch.cat(column, -1) for column in zip(*rows, strict=True)) for s, rows in parts.items()}, target)


if __name__ == "__main__":
    main()
