"""Stage 3: trains the speech tokenizer to hear the codes of the teachers' labels, and beside it a rough mel of those codes.

    python -m voice_lab.train_tokenizer

A fifth of the input is spoiled (noise, telephone band, coding), all of it shifted in level and half of it masked in places,
while the targets stay clean: the codes of a bad prompt must be those of a good one. Each utterance also stands there higher
and lower in pitch, as two further speakers. The last shard of each family is kept out: how well speech never
heard is read is printed beside the rest, and kept in `progress/tokenizer-unseen.curve`.
"""

import time

import numpy as np
import torch
import torch.nn.functional as F

from . import arithmetic, augment, codes, corpus, features, loop, paths, progress, scale, speakers
from .speech_tokenizer import MEL_MEAN, MEL_SCALE, MelGuess, SpeechEncoder

NAME = "tokenizer"
CACHE, UNSEEN_CACHE = paths.WORK / "tokenizer_data.pt", paths.WORK / "tokenizer_unseen_data.pt"
BATCH, TOKENS = 16, 64
PEAK = 2e-3
SPOILED = 0.2
PITCH_WEIGHT, BEGIN_WEIGHT = 0.4, 0.3
"""Beside the phone's cross entropy."""
SMOOTHED = 0.05
LEVELS = (-1.0, 0.25)
"""Shift of the scaled log mel: 1 is 40 dB."""
PITCHES = (1.0, 1.1, 0.9)
MASKED, MASK_FRAMES, MASK_BINS = 0.5, 8, 16
"""Share of the crops with a masked span of time and one of bins, and the longest of each (SpecAugment, Park et al. 2019)."""
MANDARIN_SHARE = 0.5
UNSEEN_EVERY, UNSEEN_BATCHES = 500, 8


def shards() -> list[str]:
    """What is made of the wanted shards; raises SystemExit where a family has none yet."""
    made = set(corpus.spoken())
    found = {family: [s for s in corpus.first(family, count) if s in made] for family, count in scale.current().tokenizer.items()}
    if not all(found.values()):
        raise SystemExit(f"tokenizer: not spoken yet: {', '.join(f for f, names in found.items() if not names)}")
    return [name for names in found.values() for name in names]


def kept_out(names: list[str]) -> list[str]:
    """The last shard of each family that has three and more."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(name.rpartition("-")[0], []).append(name)
    return [family[-1] for family in families.values() if len(family) >= 3]


def masked(log_mel: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """[128, T] with one span of time and one of bins at the crop's mean."""
    out, mean = log_mel.clone(), float(log_mel.mean())
    frames, bins = rng.integers(1, MASK_FRAMES + 1), rng.integers(1, MASK_BINS + 1)
    at, bin_ = rng.integers(0, log_mel.shape[1] - frames + 1), rng.integers(0, log_mel.shape[0] - bins + 1)
    out[:, at:at + frames] = mean
    out[bin_:bin_ + bins] = mean
    return out


class Streams:
    """Features of all utterances, joined per speaker and language so that any crop is full."""

    def __init__(self, names: list[str], seen: bool = True):
        """`seen`: spoiled, masked and in all pitches; else as they are. What was made is kept until the training has ended."""
        began, self.seen = time.time(), seen
        cache = CACHE if seen else UNSEEN_CACHE
        if not cache.exists():
            loop.save_atomically(self._made(names), cache)
        self.streams = torch.load(cache, weights_only=False, mmap=True)
        self.keys = list(self.streams)
        tokens = np.array([len(self.streams[key][2]) for key in self.keys], dtype=float)
        print(f"tokenizer: {tokens.sum() / 90000:.2f} h of {len(self.keys)} speakers in {time.time() - began:.0f} s", flush=True)
        weights = tokens**0.7
        chinese = np.array([key[1] for key in self.keys])
        for side, share in ((chinese, MANDARIN_SHARE), (~chinese, 1 - MANDARIN_SHARE)):
            weights[side] *= share / weights[side].sum()
        self.weights = weights / weights.sum()

    def _made(self, names: list[str]) -> dict[tuple[int, bool], tuple[torch.Tensor, ...]]:
        """(Speaker, Mandarin or not) -> log_mel [128, 4 T], mel [80, 2 T], codes [T]."""
        rng = np.random.default_rng(31)
        classes = {name: k for k, name in enumerate(speakers.all_speakers())}
        parts: dict[tuple[int, bool], list[tuple]] = {}
        for name in names:
            for plain in corpus.read_shard(name):
                f0 = codes.tracked(plain)
                for variant, pitch in enumerate(PITCHES if self.seen else PITCHES[:1]):
                    u = plain if pitch == 1 else corpus.varied(plain, pitch)
                    heard = augment.spoiled(u.low, rng, SPOILED if self.seen else 0.0)
                    log_mel = features.whisper_log_mel(torch.from_numpy(heard)[None])[0].half()
                    mel = features.mel_spectrogram(torch.from_numpy(u.wave)[None])[0].half()
                    if mel.shape[1] != 2 * u.tokens or log_mel.shape[1] != 4 * u.tokens:
                        raise ValueError(f"lengths: {mel.shape} {log_mel.shape} {u.tokens}")
                    rows = parts.setdefault((classes[plain.speaker] + variant * len(classes), name.startswith("mandarin")), [])
                    rows.append((log_mel, mel, torch.from_numpy(codes.of_played(u, f0, pitch))))
        streams = {key: tuple(torch.cat(column, dim) for column, dim in zip(zip(*rows, strict=True), (1, 1, 0), strict=True))
                   for key, rows in parts.items()}
        return {key: value for key, value in streams.items() if len(value[2]) > TOKENS}

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        """log_mel [B, 128, 4 T], mel [B, 80, 2 T], codes [B, T], speaker [B]."""
        rng = np.random.default_rng(7_000_000 + step)
        chosen, rows = rng.choice(len(self.keys), scale.current().rows(BATCH), p=self.weights), []
        for k in chosen:
            log_mel, mel, code = self.streams[self.keys[k]]
            at = rng.integers(0, len(code) - TOKENS + 1)
            heard = log_mel[:, 4 * at:4 * (at + TOKENS)].float()
            if self.seen:
                heard = heard + rng.uniform(*LEVELS) * (rng.random() < 0.5)
                heard = masked(heard, rng) if rng.random() < MASKED else heard
            rows.append((heard, mel[:, 2 * at:2 * (at + TOKENS)].float(), code[at:at + TOKENS]))
        log_mel, mel, code = (torch.stack(column) for column in zip(*rows, strict=True))
        return log_mel, mel, code, torch.tensor([self.keys[k][0] for k in chosen])


def main() -> None:
    loop.begin()
    final = paths.MODELS / f"{NAME}.pt"
    if final.exists():
        return
    names = shards()
    unseen_names = kept_out(names)
    data = Streams([name for name in names if name not in unseen_names])
    unseen = Streams(unseen_names, seen=False) if unseen_names else None
    encoder, guess = SpeechEncoder(), MelGuess(len(PITCHES) * len(speakers.all_speakers()))
    parts = {"encoder": encoder, "guess": guess}
    optimiser = torch.optim.AdamW(loop.parameter_groups(parts.values(), 0.01), betas=(0.9, 0.98))
    run = loop.Run(NAME, paths.MODELS, parts, optimiser, scale.current().steps[NAME], PEAK)

    def loss_of(step: int, source: Streams = data) -> tuple[torch.Tensor, dict[str, float]]:
        log_mel, mel, code, speaker = source.batch(step)
        with arithmetic.products():
            read = encoder(log_mel)
            guessed = guess(code, speaker)
        mel_loss = F.l1_loss(guessed.float() * MEL_SCALE + MEL_MEAN, mel)
        phones, pitches, begins = wanted = codes.parts(code)
        phone_loss, pitch_loss, begin_loss = (F.cross_entropy(logits.float().flatten(0, 1), part.flatten(), label_smoothing=SMOOTHED)
                                              for logits, part in zip(read, wanted, strict=True))
        with torch.no_grad():
            right = [(logits.argmax(-1) == part)[phones > 0].float().mean().nan_to_num().item() for logits, part in zip(read, wanted, strict=True)]
            figures = {"mel": mel_loss.item(), "phone_acc": right[0], "pitch_acc": right[1], "begin_acc": right[2]}
        return mel_loss + phone_loss + PITCH_WEIGHT * pitch_loss + BEGIN_WEIGHT * begin_loss, figures

    @torch.no_grad()
    def look_at_unseen(step: int) -> None:
        if unseen is None or (step % UNSEEN_EVERY and not run.finished):
            return
        for part in parts.values():
            part.eval()
        rows = [loss_of(k, unseen)[1] for k in range(UNSEEN_BATCHES)]
        for part in parts.values():
            part.train()
        means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        progress.add_to_curve(f"{NAME}-unseen", step, run.seconds, means)
        print(f"{NAME}: never seen: " + " ".join(f"{key} {value:.4f}" for key, value in means.items()), flush=True)

    run.train(loss_of, after_report=look_at_unseen)
    loop.save_atomically({"encoder": encoder.state_dict(), "guess": guess.state_dict()}, final)
    for cache in (CACHE, UNSEEN_CACHE):
        cache.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
