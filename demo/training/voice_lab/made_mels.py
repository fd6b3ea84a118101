"""Stage 13: mels that the trained flow makes from true codes, for the vocoder's tuning (`made_mels.pt`)."""

import time

import torch

from . import codes, corpus, features, loop, paths, pitch, shards
from .encode import heard, load_encoder
from .flow import GUIDANCE, Flow, FlowSizes
from .train_speaker import fbank, load_net

SHARDS = {"main": 1, "english": 5, "mandarin": 8}
PER_SPEAKER = 24
LONGEST_PROMPT = 110


@torch.no_grad()
def main() -> None:
    loop.begin()
    target = paths.WORK / "made_mels.pt"
    if target.exists():
        return
    encoder, net, flow = load_encoder(), load_net(), Flow(FlowSizes()).eval()
    flow.load_state_dict(torch.load(paths.MODELS / "flow_tuned.pt", weights_only=True))
    names = [f"{f.name}-{f.spoken - 1 - k:04d}" for f in shards.families() for k in range(min(SHARDS[f.name], f.spoken))]
    parts: dict[str, list[tuple]] = {}
    before: dict[str, tuple] = {}
    began, count = time.time(), 0
    for u in (u for name in names for u in corpus.read_shard(name)):
        if len(parts.get(u.speaker, [])) >= PER_SPEAKER:
            continue
        wave = torch.from_numpy(u.low)
        mel, code = features.mel_spectrogram(torch.from_numpy(u.wave)[None]), torch.from_numpy(codes.of(u))[None]
        known_codes, known_mel, known_embedding = before.get(u.speaker, (code[:, :0], mel[:, :, :0].transpose(1, 2), net(fbank(wave)[None])))
        made = flow.inference(code, known_codes, known_mel, known_embedding, streaming=count % 2 == 0, guidance=GUIDANCE)
        f0 = torch.from_numpy(pitch.per_frame(u.low, corpus.LOW_RATE, mel.shape[2]))
        parts.setdefault(u.speaker, []).append((made[0].half(), f0, torch.from_numpy(u.pcm)))
        if u.tokens < LONGEST_PROMPT:
            before[u.speaker] = (heard(encoder, wave)[None], mel.transpose(1, 2), net(fbank(wave)[None]))
        count += 1
        if count % 100 == 0:
            print(f"made mels: {count} utterances, {time.time() - began:.0f} s", flush=True)
    loop.save_atomically({s: tuple(torch.cat(column, -1) for column in zip(*rows, strict=True)) for s, rows in parts.items()}, target)


if __name__ == "__main__":
    main()
