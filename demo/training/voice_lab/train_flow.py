"""Stage 10: trains the flow (tokens -> mel) on all speakers; a second run (`tune`) makes it say clearly what the codes say.

Crops of 2.5 to 10 s from utterances of one speaker joined end to end. Half of the steps use the block mask, half full
attention; half of the rows get a mel prefix as prompt, and half of those its codes as the speech tokenizer hears them; a
fifth lose all conditions (for guidance). Besides the velocity
loss, mu itself is held near the mel (L1), which a small model needs.

What a code leaves open is wide, and an estimator of this size that must draw from all of it loses the words: the first run alone is
understood far worse than the plain guess of the mel by code and speaker (`speech_tokenizer.MelGuess`). So the second run is told that guess, and only
`RESIDUE` of what the true mel is beyond it. The vocoder, tuned with the mels that come of it, gives the fineness back.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import arithmetic, codes, corpus, features, loop, paths, scale, shards, speakers
from .encode import heard, load_encoder, load_guess
from .flow import MEL, Flow, FlowSizes
from .muon import MuonAndAdam
from .prompts import PROMPTS
from .speech_tokenizer import MEL_MEAN, MEL_SCALE
from .train_speaker import fbank, load_net

PEAK = 1.2e-3
MUON_PEAK, ADAM_SCALE = 0.003, 0.15
"""Of the second run: Muon for what is inside encoder and estimator, AdamW at MUON_PEAK * ADAM_SCALE for the rest."""
TOKENS_PER_BATCH = 1152
DROP, PROMPTED, HEARD, SIGMA = 0.2, 0.6, 0.5, 1e-6
MU_WEIGHT, TUNE_MU_WEIGHT = 0.5, 0.1
AVERAGE = 0.999
RESIDUE = 0.3
NAMED = 0.4
"""Share of the draws that the named voices have in the second run."""
LONGEST_CROP = 256 if scale.current() is scale.FULL else 64
"""Tokens; a speaker with less speech takes no part."""
MAIN_SHARDS = 12
"""Of the one voice that speaks most of the English; more would drown the others."""


def speech() -> list[str]:
    """Names of the shards."""
    return [s.name for s in shards.in_order() if s.family != "main" or s.number < MAIN_SHARDS]


class Streams:
    """Codes as they are and as they are heard, mels and speaker embeddings of whole utterances, joined per speaker."""

    def __init__(self, names: list[str], cache: Path):
        began = time.time()
        if cache.exists():
            self.streams = torch.load(cache, weights_only=False)
        else:
            encoder, net = load_encoder(), load_net()
            parts: dict[str, list[tuple]] = {}
            with torch.no_grad():
                for name in names:
                    for u in corpus.read_shard(name):
                        wave = torch.from_numpy(u.low)
                        mel = features.mel_spectrogram(torch.from_numpy(u.wave)[None])[0].half()
                        both = torch.stack([torch.from_numpy(codes.of(u)), heard(encoder, wave)]).to(torch.int16)
                        parts.setdefault(u.speaker, []).append((both, mel, net(fbank(wave)[None])[0], u.tokens))
            self.streams = {}
            for speaker, rows in parts.items():
                both, mels, embeddings, lengths = zip(*rows, strict=True)
                self.streams[speaker] = (torch.cat(both, 1), torch.cat(mels, 1), torch.stack(embeddings), np.cumsum([0, *lengths]))
            loop.save_atomically(self.streams, cache)
        tokens = {s: v[0].shape[1] for s, v in self.streams.items()}
        print(f"flow: {sum(tokens.values()) / 90000:.2f} h in {time.time() - began:.0f} s", flush=True)
        self.speakers = [s for s in tokens if tokens[s] > LONGEST_CROP]
        weights = np.array([tokens[s] for s in self.speakers], dtype=float) ** 0.6
        self.weights = weights / weights.sum()
        self.numbers = {speaker: k for k, speaker in enumerate(speakers.all_speakers())}

    def favour(self, named: list[str], share: float) -> None:
        """Gives the named speakers this share of the draws."""
        mine = np.isin(self.speakers, named)
        for part, amount in ((mine, share), (~mine, 1 - share)):
            if part.any():
                self.weights[part] *= amount / self.weights[part].sum()
        self.weights /= self.weights.sum()

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        """codes [B, T], mel [B, 80, 2 T] with a random gain, embedding [B, 192], prompt frames [B], the gain [B] (log), speaker's number [B], true codes [B, T]."""
        rng = np.random.default_rng(13_000_000 + step)
        tokens = min(LONGEST_CROP, int(rng.choice((64, 64, 96, 128, 128, 192, 256))))
        rows = []
        for speaker in rng.choice(np.array(self.speakers), max(2, scale.current().rows(TOKENS_PER_BATCH) // tokens), p=self.weights):
            both, mel, embeddings, starts = self.streams[speaker]
            at = int(rng.integers(0, both.shape[1] - tokens))
            if rng.random() < 0.6:
                at = int(starts[max(0, np.searchsorted(starts, at, side="right") - 1)])
                at = min(at, both.shape[1] - tokens)
            piece = mel[:, 2 * at:2 * (at + tokens)].float()
            prompt = int(rng.integers(20, max(21, int(1.2 * tokens)))) if rng.random() < PROMPTED else 0
            gain = float(rng.uniform(-1.2, 0.4)) if prompt else 0.0
            piece = (piece + gain).clamp(min=features.LOG_FLOOR)
            known, recognised = both[:, at:at + tokens].long()
            code = torch.where(torch.arange(tokens) < prompt // 2, recognised, known) if rng.random() < HEARD else known
            rows.append((code, piece, embeddings[rng.integers(len(embeddings))], torch.tensor(prompt), torch.tensor(gain),
                         torch.tensor(self.numbers[speaker]), known))
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


@torch.no_grad()
def settle(model: Flow) -> None:
    """A start that knows three things.

    Raw log mels have mean -5.5 and spread 3. Codes have three parts: their embeddings start as sums of a vector for
    each. The velocity holds the start noise, eighty independent numbers a frame that must pass through the estimator
    unharmed: an identity path is laid for them (first residual, skip, last convolutions, with the last norm shifted to
    where Mish is nearly straight). Without it a small estimator needs thousands of steps to find one.
    """
    model.encoder_proj.weight.mul_(2.0)
    model.encoder_proj.bias.fill_(MEL_MEAN)
    model.input_embedding.weight.mul_(0.1).add_(codes.related(model.sizes.width, seed=3))
    estimator, one = model.decoder.estimator, torch.eye(MEL)
    down, _, _ = estimator.down_blocks[0]
    up, _, after = estimator.up_blocks[0]
    width = up.res_conv.weight.shape[0]
    for conv in (down.block1.block[0], down.res_conv):
        conv.weight[:, : 2 * MEL].mul_(1 / MEL_SCALE)
        conv.weight[:, 3 * MEL:].mul_(1 / MEL_SCALE)
    down.res_conv.weight[:MEL].mul_(0.3)
    down.res_conv.weight[:MEL, :MEL, 0].copy_(one)
    up.res_conv.weight[:MEL].mul_(0.3)
    up.res_conv.weight[:MEL, width:width + MEL, 0].copy_(one)
    for conv in (after, estimator.final_block.block[0]):
        conv.weight[:MEL].mul_(0.3)
        conv.weight[:MEL, :MEL, 2].add_(one)
    estimator.final_block.block[2].bias.fill_(2.0)
    estimator.final_proj.weight[:, :, 0].mul_(0.5).sub_(F.pad(one, (0, width - MEL)))
    estimator.final_proj.bias.fill_(MEL_MEAN).sub_(2.0 * estimator.final_proj.weight[:, :, 0].sum(1))


def tuning_optimiser(model: Flow) -> MuonAndAdam:
    inner = {id(p) for part in (model.encoder, model.decoder.estimator) for p in part.parameters() if p.ndim > 1}
    inner -= {id(model.decoder.estimator.final_proj.weight)}
    hidden, rest = ([p for p in model.parameters() if (id(p) in inner) == mine] for mine in (True, False))
    return MuonAndAdam(hidden, rest, ADAM_SCALE)


def main(tune: bool) -> None:
    loop.begin()
    name = "flow_tuned" if tune else "flow"
    final = paths.MODELS / f"{name}.pt"
    if final.exists():
        return
    data = Streams(speech(), cache=paths.WORK / "flow_data.pt")
    model, average = Flow(FlowSizes()), Flow(FlowSizes()).requires_grad_(False)
    guess = load_guess() if tune else None
    if tune:
        model.load_state_dict(torch.load(paths.MODELS / "flow.pt", weights_only=True))
        data.favour(list(PROMPTS), NAMED)
    else:
        settle(model)
    average.load_state_dict(model.state_dict())
    parts = {"model": model, "average": average}
    optimiser = tuning_optimiser(model) if tune else torch.optim.AdamW(loop.parameter_groups([model], 0.01), betas=(0.9, 0.98))
    run = loop.Run(name, paths.MODELS, parts, optimiser, scale.current().steps[name], MUON_PEAK if tune else PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step:
            keep = min(AVERAGE, step / (step + 10))
            for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
                slow.lerp_(fast.detach(), 1 - keep)
        torch.manual_seed(14_000_000 + step)
        code, mel, embedding, prompt, gain, number, known = data.batch(step)
        batch, _, frames = mel.shape
        streaming = step % 2 == 0
        cond = mel * (torch.arange(frames) < prompt[:, None])[:, None]
        if guess:
            plain = (guess(known, number) * MEL_SCALE + MEL_MEAN + gain[:, None, None]).clamp(min=features.LOG_FLOOR)
            mel = plain.lerp(mel, RESIDUE)
        kept = (torch.rand(batch, 1, 1) > DROP).float()
        time_ = torch.rand(batch, 1, 1)
        if tune:
            time_ = 1 - torch.cos(time_ * 0.5 * torch.pi)
        noise = torch.randn_like(mel)
        noisy, velocity = (1 - (1 - SIGMA) * time_) * noise + time_ * mel, mel - (1 - SIGMA) * noise
        with arithmetic.products():
            mu = model.mu(code, streaming)
            spks = model.speaker(embedding)
            found = model.decoder.estimator(noisy, torch.ones(batch, 1, frames), mu * kept, time_[:, 0, 0], spks * kept[:, 0], cond * kept, streaming)
        flow_loss = F.mse_loss(found.float(), velocity)
        mu_loss = F.l1_loss(mu.float(), mel - gain[:, None, None])
        return flow_loss + (TUNE_MU_WEIGHT if tune else MU_WEIGHT) * mu_loss, {"flow": flow_loss.item(), "mu": mu_loss.item()}

    run.train(loss_of, report_every=100)
    loop.save_atomically(average.state_dict(), final)


if __name__ == "__main__":
    main("tune" in sys.argv[1:])
