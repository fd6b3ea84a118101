"""The recordings that come with the voice: one per named voice, spoken by the teachers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from . import corpus, paths, speak, speakers


@dataclass(frozen=True)
class Prompt:
    text: str
    language: str
    gender: str
    description: str
    aliases: tuple[str, ...] = ()
    """Names of the first edition's voices that lead to this one."""


PROMPTS = {
    "grace": Prompt("After the long meeting, we walked home slowly along the quiet river.", "en", "female", "Natural English, a warm female voice.", ("slt",)),
    "james": Prompt("Every evening the children listen to a story before they sleep.", "en", "male", "Natural English, a calm male voice.", ("rms", "awb", "kal16")),
    "lan": Prompt("今天的天气很好，我们一起去公园走一走吧。", "zh", "female", "Natural Mandarin, a bright female voice; reads English too."),
    "ming": Prompt("火车马上就要开了，请大家拿好自己的东西。", "zh", "male", "Natural Mandarin, a clear male voice.", ("cmn",)),
}
LONGEST_S = 7.0


def recordings() -> dict[str, tuple[np.ndarray, list]]:
    """Voice -> int16 samples at 24 kHz, a whole number of tokens long, and the phone rows."""
    out = {}
    for voice, prompt in PROMPTS.items():
        pcm, phones = speak.utterance(speakers.all_speakers()[voice], prompt.text, prompt.language == "zh", seed=1)
        if len(pcm) > LONGEST_S * corpus.RATE:
            raise ValueError(f"prompt of {voice} lasts {len(pcm) / corpus.RATE:.1f} s, expected at most {LONGEST_S:.0f}")
        out[voice] = np.pad(pcm, (0, -len(pcm) % corpus.SAMPLES_PER_TOKEN)), phones
    return out


def write(folder: Path = paths.PREVIEW / "prompts") -> dict[str, tuple[np.ndarray, list]]:
    """`VOICE.wav` and `VOICE.txt` for each voice."""
    folder.mkdir(parents=True, exist_ok=True)
    made = recordings()
    for voice, (pcm, _) in made.items():
        soundfile.write(folder / f"{voice}.wav", pcm, corpus.RATE, subtype="PCM_16")
        (folder / f"{voice}.txt").write_text(PROMPTS[voice].text + "\n", "utf-8")
    return made
