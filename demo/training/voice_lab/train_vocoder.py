"""Stage 11: the vocoder of the shipped voice goes on with true mels; a second run (`tune`) with mels that the flow made, and a critic.

Losses: log magnitude and spectral convergence at four STFT resolutions, L1 on the 80-bin mel, L1 on the pitch; when
tuned, also what the critic thinks of the waveform. All of it at 24 kHz, so up to 12 kHz.
"""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import corpus, features, loop, paths, pitch, scale
from .critic import Critic, critic_loss, opinion
from .vocoder import Vocoder, VocoderSizes

HOURS = {"main": 3, "english": 36, "mandarin": 60}
"""Shards of each family."""
FRAMES = 24
BATCH = 8
PEAK, TUNE_PEAK = 1e-3, 3e-4
CRITIC_WEIGHT, CRITIC_FROM = 0.15, 500
RESOLUTIONS = [(2048, 512), (1024, 256), (512, 128), (256, 64)]
QUIET = 1e-2


class Segments:
    """Mel, pitch and waveform of whole utterances, joined per speaker class."""

    def __init__(self) -> None:
        began = time.time()
        cache = paths.WORK / "vocoder_data.pt"
        if cache.exists():
            self.streams = torch.load(cache, weights_only=False)
        else:
            parts: dict[str, list[tuple]] = {}
            made = set(corpus.spoken())
            for name in (s for family, count in HOURS.items() for s in corpus.first(family, count) if s in made):
                for u in corpus.read_shard(name):
                    mel = features.mel_spectrogram(torch.from_numpy(u.wave)[None])[0]
                    f0 = torch.from_numpy(pitch.per_frame(u.low, corpus.LOW_RATE, mel.shape[1]))
                    parts.setdefault(u.speaker, []).append((mel.half(), f0, torch.from_numpy(u.pcm)))
            self.streams = {s: tuple(torch.cat(column, -1) for column in zip(*rows, strict=True)) for s, rows in parts.items()}
            loop.save_atomically(self.streams, cache)
        frames = {s: len(f0) for s, (_, f0, _) in self.streams.items()}
        print(f"vocoder: {sum(frames.values()) / 180000:.2f} h in {time.time() - began:.0f} s", flush=True)
        self.speakers = [s for s in frames if frames[s] > 4 * FRAMES]
        weights = np.array([frames[s] for s in self.speakers], dtype=float) ** 0.6
        self.weights = weights / weights.sum()

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        """mel [B, 80, FRAMES], f0 [B, FRAMES], wave [B, 480 FRAMES]; a random gain each."""
        rng = np.random.default_rng(8_000_000 + step)
        rows = []
        for speaker in rng.choice(np.array(self.speakers), scale.current().rows(BATCH), p=self.weights):
            mel, f0, wave = self.streams[speaker]
            at = int(rng.integers(0, len(f0) - FRAMES))
            gain = float(np.exp(rng.uniform(-1.0, 0.15)))
            piece = wave[at * 480:(at + FRAMES) * 480].float() / 32767 * gain
            rows.append(((mel[:, at:at + FRAMES].float() + np.log(gain)).clamp(min=features.LOG_FLOOR), f0[at:at + FRAMES], piece))
        return tuple(torch.stack(column) for column in zip(*rows, strict=True))


def spectral_loss(guess: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Mean over resolutions of spectral convergence plus L1 of log magnitudes above `QUIET`."""
    total = torch.zeros(())
    for n_fft, hop in RESOLUTIONS:
        window = torch.hann_window(n_fft)
        g, t = (torch.view_as_real(torch.stft(x, n_fft, hop, window=window, return_complex=True)).square().sum(-1).clamp(min=QUIET**2).sqrt()
                for x in (guess, true))
        total = total + (t - g).norm() / t.norm() + F.l1_loss(g.log(), t.log())
    return total / len(RESOLUTIONS)


def pitch_loss(guess: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """L1 in Hz / 100 where there is voice; a gentler pull to zero elsewhere."""
    voiced = (true > 0).float()
    return ((guess - true).abs() / 100 * (voiced + 0.3 * (1 - voiced))).mean()


def main(tune: bool) -> None:
    loop.begin()
    name = "vocoder_tuned" if tune else "vocoder"
    final = paths.MODELS / f"{name}.pt"
    if final.exists():
        return
    data, steps = Segments(), scale.current().steps[name]
    made = None
    model = Vocoder(VocoderSizes())
    model.load_state_dict(torch.load(paths.MODELS / "vocoder.pt" if tune else paths.VOICE / "hift.pt", weights_only=True))
    if tune:
        made = MadeMels()
    parts: dict[str, torch.nn.Module] = {"vocoder": model} | ({"critic": Critic()} if tune else {})
    optimiser = torch.optim.AdamW([p for part in parts.values() for p in part.parameters()], betas=(0.8, 0.98), weight_decay=0.0)
    run = loop.Run(name, paths.MODELS, parts, optimiser, steps, TUNE_PEAK if tune else PEAK, clip=5.0)
    late = 0 if tune else steps // 2

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        torch.manual_seed(9_000_000 + step)
        mel, f0, true = made.batch(step) if made and step % 2 else data.batch(step)
        guessed_f0 = model.f0_predictor(mel)
        wave = model(mel, guessed_f0.detach() if step >= late and step % 3 else f0)
        spectral = spectral_loss(wave, true)
        mel_l1 = F.l1_loss(features.mel_spectrogram(wave), features.mel_spectrogram(true))
        hz = pitch_loss(guessed_f0, f0)
        loss, figures = spectral + 0.5 * mel_l1 + hz, {"spec": spectral.item(), "mel": mel_l1.item(), "f0": hz.item()}
        if tune:
            judged = critic_loss(parts["critic"], true, wave.detach())
            liked = opinion(parts["critic"], true, wave)
            loss = loss + judged + (CRITIC_WEIGHT if step >= CRITIC_FROM else 0.0) * liked
            figures |= {"critic": judged.item(), "liked": liked.item()}
        return loss, figures

    run.train(loss_of, report_every=100)
    loop.save_atomically(model.state_dict(), final)


class MadeMels(Segments):
    """Mels that the flow model made from true tokens, with the true pitch and waveform (`made_mels.py` writes them)."""

    def __init__(self) -> None:
        self.streams = torch.load(paths.WORK / "made_mels.pt", weights_only=False)
        frames = {s: len(f0) for s, (_, f0, _) in self.streams.items()}
        self.speakers = list(frames)
        weights = np.array([frames[s] for s in self.speakers], dtype=float)
        self.weights = weights / weights.sum()


if __name__ == "__main__":
    main("tune" in sys.argv[1:])
