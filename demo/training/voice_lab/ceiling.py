"""Stage 4: the best that codes can give. Unseen sentences: teacher -> codes -> mel (a rough guess) -> Griffin-Lim -> ear.

    python -m voice_lab.ceiling [SENTENCES]

Writes `ceiling.json`: error rates of the teacher, of its true mels through Griffin-Lim, of the codes of its labels, by
speaker, and of the codes that the speech tokenizer hears; and into `previews/` the first sentences of each language, by
the teacher and from its codes, for people to hear. A ceiling above 8 % of Mandarin characters or 3 % of English words asks
for other codes before the bulk is made.
"""

import json
import sys

import numpy as np
import soundfile
import torch

from judging import words
from judging.ear import RATE, ear
from judging.teacher import sentences

from . import codes, corpus, encode, features, griffin_lim, loop, paths, scale, speak, speakers
from .speech_tokenizer import MEL_MEAN, MEL_SCALE, MelGuess

PREVIEWS = 3
WHO = {"en": ("grace", "james", "lan"), "zh": ("lan", "ming", "grace")}


def _padded(pcm: np.ndarray) -> np.ndarray:
    return np.pad(pcm, (0, -len(pcm) % corpus.SAMPLES_PER_TOKEN))


@torch.no_grad()
def main(count: int) -> None:
    loop.begin()
    state = torch.load(paths.MODELS / "tokenizer.pt", weights_only=True)["guess"]
    names = list(speakers.all_speakers())
    guess = MelGuess(state["speaker.weight"].shape[0])
    guess.load_state_dict(state)
    guess.eval()
    encoder = encode.load_encoder()
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
            for kind, wave in (("teacher", u.wave), ("true mel", griffin_lim.wave_of(true)), ("codes", guessed(torch.from_numpy(codes.of(u)), speaker)),
                               ("codes heard", guessed(encode.heard(encoder, torch.from_numpy(u.low)), speaker))):
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
