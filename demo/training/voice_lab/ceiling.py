"""Stage 4: the best that codes can give. Unseen sentences: teacher -> codes -> mel (a rough guess) -> Griffin-Lim -> ear.

    python -m voice_lab.ceiling [SENTENCES]

Writes `ceiling.json`: error rates of the teacher, of its true mels through Griffin-Lim, of the codes of its labels, by
speaker, and of the codes that the speech tokenizer hears; and into `previews/` the first sentences of each language, by
the teacher and from its codes, for people to hear. Once the flow is trained, or while it is, its mels of the same codes
are heard as well, through the vocoder where there is one. A ceiling above 8 % of Mandarin characters or 3 % of English words asks
for other codes before the bulk is made.
"""

import json
import sys
from collections.abc import Callable

import numpy as np
import soundfile
import torch

from judging import words
from judging.ear import RATE, ear
from judging.teacher import sentences

from . import codes, corpus, encode, features, griffin_lim, loop, paths, scale, speak, speakers
from .export import weights_of
from .flow import GUIDANCE, MEL, Flow, FlowSizes
from .speech_tokenizer import MEL_MEAN, MEL_SCALE
from .train_speaker import fbank, load_net
from .vocoder import Vocoder, VocoderSizes

PREVIEWS = 3
WHO = {"en": ("grace", "james", "lan"), "zh": ("lan", "ming", "grace")}


def _padded(pcm: np.ndarray) -> np.ndarray:
    return np.pad(pcm, (0, -len(pcm) % corpus.SAMPLES_PER_TOKEN))


def _sounding() -> Callable[[torch.Tensor], np.ndarray]:
    """Mel [80, T] -> samples, by the vocoder as far as it is trained; Griffin-Lim without one."""
    try:
        weights, _ = weights_of("vocoder", "vocoder")
    except FileNotFoundError:
        return griffin_lim.wave_of
    vocoder = Vocoder(VocoderSizes()).eval()
    vocoder.load_state_dict(weights)
    return lambda mel: vocoder(mel[None])[0].numpy()


def _flow() -> Callable[[torch.Tensor, corpus.Utterance], np.ndarray] | None:
    """Codes and the utterance whose voice is wanted -> samples, by the flow as far as it is trained; None without one."""
    try:
        weights, _ = weights_of("flow", "average")
    except FileNotFoundError:
        return None
    flow, net, sounding = Flow(FlowSizes()).eval(), load_net(), _sounding()
    flow.load_state_dict(weights)
    no_codes, no_mel = torch.zeros(1, 0, dtype=torch.long), torch.zeros(1, 0, MEL)

    def speak_codes(code: torch.Tensor, u: corpus.Utterance) -> np.ndarray:
        embedding = net(fbank(torch.from_numpy(u.low))[None])
        return sounding(flow.inference(code[None], no_codes, no_mel, embedding, guidance=GUIDANCE)[0])

    return speak_codes


@torch.no_grad()
def main(count: int) -> None:
    loop.begin()
    names = list(speakers.all_speakers())
    guess = encode.load_guess()
    encoder = encode.load_encoder()
    by_flow = _flow()
    previews = paths.WORK / "previews"
    previews.mkdir(exist_ok=True)
    report: dict = {"sentences": count}

    def guessed(code: torch.Tensor, speaker: str) -> np.ndarray:
        return griffin_lim.wave_of(guess(code[None], torch.tensor([names.index(speaker)]))[0] * MEL_SCALE + MEL_MEAN)

    for language, who in WHO.items():
        heard: dict[str, list[tuple[str, str]]] = {}
        for k, text in enumerate(sentences(language)[:count]):
            speaker = who[k % len(who)]
            pcm, phones = speak.utterance(speakers.all_speakers()[speaker], text, language == "zh", seed=k)
            u = corpus.Utterance(speaker, text, "judged", _padded(pcm), phones)
            true = features.mel_spectrogram(torch.from_numpy(u.wave)[None])[0]
            known, recognised = torch.from_numpy(codes.of(u)), encode.heard(encoder, torch.from_numpy(u.low))
            waves = {"teacher": u.wave, "true mel": griffin_lim.wave_of(true), "codes": guessed(known, speaker), "codes heard": guessed(recognised, speaker)}
            if by_flow:
                waves |= {"codes, flow": by_flow(known, u), "codes heard, flow": by_flow(recognised, u)}
            for kind, wave in waves.items():
                row = (text, ear(language).hear(features.resample(wave, corpus.RATE, RATE)))
                heard.setdefault(kind, []).append(row)
                if k < PREVIEWS and kind != "true mel":
                    soundfile.write(previews / f"{language}-{k}-{speaker}-{kind}.flac", wave, corpus.RATE)
                if kind == "codes":
                    heard.setdefault(f"codes {speaker}", []).append(row)
                    if words.rate(language, [row]):
                        print(f"  {speaker}: {row[0]} | {row[1]}", flush=True)
        report[language] = {kind: round(words.rate(language, rows), 4) for kind, rows in heard.items()}
        if language == "zh":
            report["zh syllables"] = {kind: round(words.syllable_rate(rows), 4) for kind, rows in heard.items()}
    print(json.dumps(report, ensure_ascii=False, indent=2))
    loop.write_atomically(json.dumps(report, ensure_ascii=False, indent=2) + "\n", paths.WORK / "ceiling.json")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else scale.current().judged)
