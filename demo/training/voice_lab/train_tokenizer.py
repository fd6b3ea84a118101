"""Stage 3: trains the speech tokenizer on about 6 h of speech (all voices, a fifth of it as pitch variants)."""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import corpus, features, loop, paths
from .speech_tokenizer import CODES, MEL_MEAN, MEL_SCALE, MelGuess, PhoneReader, SpeechEncoder, code_of, rounded

SHARDS = 12
STEPS = 7000
BATCH, TOKENS = 16, 64
PEAK = 2e-3
SHARES = {"rms": 0.23, "slt": 0.18, "awb": 0.19, "kal16": 0.16, "cmn": 0.24}
TONE_WEIGHTS = torch.tensor([0.03, 1.0, 1.0, 1.0, 1.0, 1.0])
"""Class 0 (no tone: English and pauses) is nearly everywhere and easy."""


class Streams:
    """Features of all utterances, joined per speaker class so that any crop is full."""

    def __init__(self, shards: list[int], labels: corpus.PhoneLabels, variants: float):
        began = time.time()
        parts: dict[int, list[tuple]] = {}
        for u in corpus.read_with_variants(shards, variants):
            wave = torch.from_numpy(u.wave)
            log_mel = features.whisper_log_mel(wave[None])[0].half()
            high = torch.from_numpy(features.resample(u.wave, corpus.RATE, features.MEL_RATE))
            mel = features.mel_spectrogram(high[None])[0].half()
            if mel.shape[1] != 2 * u.tokens or log_mel.shape[1] != 4 * u.tokens:
                raise ValueError(f"lengths: {mel.shape} {log_mel.shape} {u.tokens}")
            parts.setdefault(u.speaker, []).append((log_mel, mel, torch.from_numpy(labels.per_token(u))))
        self.streams = {speaker: tuple(torch.cat(column, dim) for column, dim in zip(zip(*rows, strict=True), (1, 1, 0), strict=True))
                        for speaker, rows in parts.items()}
        tokens = {s: len(v[2]) for s, v in self.streams.items()}
        print(f"tokenizer: {sum(tokens.values()) / 90000:.2f} h of features in {time.time() - began:.0f} s", flush=True)
        per_voice = {v: sum(n for s, n in tokens.items() if s // len(corpus.PITCHES) == i) for i, v in enumerate(corpus.VOICES)}
        self.speakers = [s for s in tokens if tokens[s] > 4 * TOKENS]
        weights = np.array([SHARES[corpus.VOICES[s // len(corpus.PITCHES)]] * tokens[s] / per_voice[corpus.VOICES[s // len(corpus.PITCHES)]]
                            for s in self.speakers])
        self.weights = weights / weights.sum()

    def batch(self, step: int, size: int = BATCH, tokens: int = TOKENS) -> tuple[torch.Tensor, ...]:
        """log_mel [B, 128, 4 T] with random gain, mel [B, 80, 2 T], labels [B, T, 5], speaker [B]."""
        rng = np.random.default_rng(7_000_000 + step)
        speakers = rng.choice(self.speakers, size, p=self.weights)
        rows = []
        for speaker in speakers:
            log_mel, mel, labels = self.streams[speaker]
            at = rng.integers(0, len(labels) - tokens)
            gain = rng.uniform(-0.35, 0.25)
            rows.append((log_mel[:, 4 * at:4 * (at + tokens)].float() + gain, mel[:, 2 * at:2 * (at + tokens)].float(), labels[at:at + tokens].long()))
        log_mel, mel, labels = (torch.stack(column) for column in zip(*rows, strict=True))
        return log_mel, mel, labels, torch.from_numpy(speakers)


def main() -> None:
    loop.one_thread()
    final = paths.MODELS / "tokenizer.pt"
    if final.exists():
        return
    shards = corpus.spoken_shards()[:SHARDS]
    if len(shards) < SHARDS:
        sys.exit(f"only {len(shards)} shards are spoken yet")
    labels = corpus.PhoneLabels.of_shards(shards)
    data = Streams(shards, labels, variants=0.2)
    encoder, reader, guess = SpeechEncoder(), PhoneReader(len(labels.names)), MelGuess(len(corpus.VOICES) * len(corpus.PITCHES))
    parts = {"encoder": encoder, "reader": reader, "guess": guess}
    optimiser = torch.optim.AdamW(loop.parameter_groups(parts.values(), 0.01), betas=(0.9, 0.98))
    run = loop.Run("tokenizer", paths.MODELS, parts, optimiser, STEPS, PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        log_mel, mel, label, speaker = data.batch(step)
        with torch.autocast("cpu", torch.bfloat16):
            levels = rounded(encoder(log_mel))
            guessed = guess(levels, speaker)
            phone, tone = reader(levels)
        mel_loss = F.l1_loss(guessed.float() * MEL_SCALE + MEL_MEAN, mel)
        phone_loss = F.cross_entropy(phone.float().flatten(0, 2), label[..., [0, 2]].flatten())
        tone_loss = F.cross_entropy(tone.float().flatten(0, 2), label[..., [1, 3]].flatten(), weight=TONE_WEIGHTS)
        with torch.no_grad():
            right = (phone.argmax(-1) == label[..., [0, 2]]).float().mean()
            chinese = label[..., [1, 3]] > 0
            tones = (tone.argmax(-1) == label[..., [1, 3]])[chinese].float().mean() if chinese.any() else torch.tensor(0.0)
            used = len(code_of(levels).unique())
        figures = {"mel": mel_loss.item(), "phone_acc": right.item(), "tone_acc": tones.item(), "codes": used}
        return mel_loss + 0.5 * phone_loss + 0.25 * tone_loss, figures

    run.train(loss_of)
    loop.save_atomically({"encoder": encoder.state_dict(), "reader": reader.state_dict(), "guess": guess.state_dict(),
                          "phones": labels.names, "codes": CODES}, final)


if __name__ == "__main__":
    main()
