"""Looks at the language model before flow and vocoder are ready: codes -> the tokenizer's mel guess -> Griffin-Lim.

    python -m judging.early [VOICE] [SENTENCES] [greedy|sampled|teacher]

"teacher" gives the ceiling: the codes of the teacher's own rendering.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from voice_lab import corpus, export, features, prompts, speak, text_tokenizer
from voice_lab.decoding import Sampling, plain
from voice_lab.encode import codes_of, load_encoder
from voice_lab.speech_tokenizer import MEL_MEAN, MEL_SCALE, MelGuess, levels_of

from . import recogniser


def griffin_lim(mel: torch.Tensor, rounds: int = 30) -> np.ndarray:
    """log mel [80, T] at 24 kHz -> samples at 16 kHz (fast Griffin-Lim, momentum 0.99)."""
    filters = features.slaney_filters(24000, 1920, 80, 0, 8000)
    magnitude = (torch.linalg.pinv(filters) @ mel.exp()).clamp(min=1e-6)
    window, length = torch.hann_window(1920), mel.shape[1] * 480
    phase, last = torch.polar(torch.ones_like(magnitude), 6.28 * torch.rand_like(magnitude)), torch.zeros_like(magnitude, dtype=torch.complex64)
    for _ in range(rounds):
        wave = torch.istft(magnitude * phase, 1920, 480, window=window, length=length)
        spec = torch.stft(wave, 1920, 480, window=window, return_complex=True)[:, : mel.shape[1]]
        phase = spec + 0.99 * (spec - last)
        phase, last = phase / phase.abs().clamp(min=1e-8), spec
    return features.resample(torch.istft(magnitude * phase, 1920, 480, window=window, length=length).numpy(), 24000, 16000)


@torch.no_grad()
def main(voice: str = "rms", count: int = 20, mode: str = "greedy") -> None:
    torch.set_num_threads(1)
    state = torch.load(export.paths.MODELS / "tokenizer.pt", weights_only=True)
    guess = MelGuess(len(corpus.VOICES) * len(corpus.PITCHES))
    guess.load_state_dict(state["guess"])
    encoder, _ = load_encoder()
    sentences = (Path(__file__).resolve().parents[2] / "sentences/english.txt").read_text().splitlines()[:count]
    teacher = speak.speak([(voice, prompts.TEXTS[voice])] + [(voice, s) for s in sentences])
    waves = [torch.from_numpy(np.pad(pcm, (0, -len(pcm) % 640)).astype(np.float32) / 32768) for _, pcm in teacher]
    model = origin = None
    if mode != "teacher":
        model, _, _, origin = export.load_models()
        model.llm_decoder.weight.div_(export.TEMPERATURE)
        model.llm_decoder.bias.div_(export.TEMPERATURE)
    tokenizer, rows, ratios = text_tokenizer.load(), [], []
    prompt_text, prompt_codes = text_tokenizer.ids(tokenizer, prompts.TEXTS[voice]), codes_of(encoder, waves[0])
    for sentence, wave in zip(sentences, waves[1:], strict=True):
        codes = codes_of(encoder, wave)
        if model:
            sampling = Sampling(mode == "greedy", **{"top_p": 0.8, "top_k": 25, "window": 10, "repeat_share": export.SAMPLING["tau_r"]})
            made = plain(model, text_tokenizer.ids(tokenizer, sentence), prompt_text, prompt_codes, sampling, longest=8)
            ratios.append(len(made) / len(codes))
            codes = torch.tensor(made)
        mel = guess(levels_of(codes)[None], torch.tensor([corpus.VOICES.index(voice) * len(corpus.PITCHES)]))[0] * MEL_SCALE + MEL_MEAN
        heard = recogniser.words_of(griffin_lim(mel))
        rows.append((sentence, heard))
        print(f"{sentence} | {heard}", flush=True)
    print(f"{voice} {mode} {origin}: WER {recogniser.word_error_rate(rows):.3f}, length {np.median(ratios) if ratios else 1:.2f}"
          f" ({min(ratios, default=1):.2f} to {max(ratios, default=1):.2f})", flush=True)


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
