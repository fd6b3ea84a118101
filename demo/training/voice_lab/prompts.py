"""The recordings that come with the voice: one per named voice, spoken by the teacher engines."""

import numpy as np
import soundfile

from . import corpus, paths, speak

TEXTS = {
    "rms": "After the long meeting, we walked home slowly along the quiet river.",
    "slt": "My brother keeps a small garden behind the old stone house.",
    "awb": "The letter arrived this morning, and it was full of good news.",
    "kal16": "Every evening the children listen to a story before they sleep.",
    "cmn": "今天的天气很好，我们一起去公园走一走吧。",
}
LONGEST_S = 6.0


def recordings() -> dict[str, np.ndarray]:
    """Voice -> int16 samples at 16 kHz, a whole number of tokens long."""
    spoken = speak.speak(list(TEXTS.items()))
    out = {}
    for voice, (_, pcm) in zip(TEXTS, spoken, strict=True):
        if len(pcm) > LONGEST_S * corpus.RATE:
            raise ValueError(f"prompt of {voice} lasts {len(pcm) / corpus.RATE:.1f} s")
        out[voice] = np.pad(pcm, (0, -len(pcm) % corpus.SAMPLES_PER_TOKEN))
    return out


def write(folder=paths.VOICE / "prompts") -> dict[str, np.ndarray]:
    """`VOICE.wav` and `VOICE.txt` for each voice."""
    folder.mkdir(parents=True, exist_ok=True)
    made = recordings()
    for voice, pcm in made.items():
        soundfile.write(folder / f"{voice}.wav", pcm, corpus.RATE, subtype="PCM_16")
        (folder / f"{voice}.txt").write_text(TEXTS[voice] + "\n", "utf-8")
    return made
