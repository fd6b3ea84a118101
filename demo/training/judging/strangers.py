"""Twenty recordings of voices that no part of the recipe has heard, as prompts: `FOLDER/NAME.wav`, and `NAME.txt` where the text is known.

    python -m judging.strangers FOLDER

Twelve voice packs of the teacher that are kept out of training, each with a sentence of its language; four people of
Debian's `asterisk-core-sounds-{en,fr,it,ru}-wav` (8 kHz, what they say is not told); four voices of espeak-ng. What is not
installed is left out with a word on how to get it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import soundfile

from voice_lab import speak, speakers
from voice_lab.teachers import packs

SENTENCES = {
    "en": ("The ferry leaves the harbour at noon, and the gulls follow it out to sea.", "She put the blue teapot on the highest shelf and forgot about it."),
    "zh": ("昨天下午我在图书馆里看了一本很有意思的书。", "我们打算明年夏天一起去海边住几天。"),
}
PEOPLE = {"allison": "en_US_f_Allison", "june": "fr_CA_f_June", "carlo": "it_IT_m_Carlo", "irina": "ru_RU_f_IvrvoiceRU"}
SOUNDS = Path("/usr/share/asterisk/sounds")
SHORTEST_S, LONGEST_S = 4.0, 8.0
SYNTHETIC = {"espeak-man": "en-gb+m3", "espeak-woman": "en-us+f2", "espeak-old": "en-gb-scotland+m7", "espeak-girl": "en-us+f4"}


def language_of(name: str) -> str:
    """Of what the recording says: "zh" or "en" (other European languages count as that)."""
    return "zh" if name.startswith("z") else "en"


def _by_teacher(folder: Path) -> None:
    for number, pack in enumerate(packs.HELD_OUT):
        language = language_of(pack)
        text = SENTENCES[language][number % 2]
        pcm, _ = speak.utterance(speakers.Speaker(pack, {pack: 1.0}, {}), text, language == "zh", seed=number)
        soundfile.write(folder / f"{pack}.wav", pcm, speak.RATE, subtype="PCM_16")
        (folder / f"{pack}.txt").write_text(text + "\n", "utf-8")


def _people(folder: Path) -> None:
    for name, place in PEOPLE.items():
        found = [path for path in sorted((SOUNDS / place).glob("*.wav")) if SHORTEST_S <= soundfile.info(path).duration <= LONGEST_S]
        if not found:
            print(f"{name} is left out: apt install asterisk-core-sounds-{place[:2]}-wav", flush=True)
            continue
        shutil.copyfile(found[0], folder / f"{name}.wav")


def _synthetic(folder: Path) -> None:
    if shutil.which("espeak-ng") is None:
        print("four voices are left out: apt install espeak-ng", flush=True)
        return
    for number, (name, voice) in enumerate(SYNTHETIC.items()):
        text = SENTENCES["en"][number % 2]
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(folder / f"{name}.wav"), text], check=True)
        (folder / f"{name}.txt").write_text(text + "\n", "utf-8")


def make(folder: Path) -> list[Path]:
    """The recordings, made where the folder holds none."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.wav")):
        _by_teacher(folder)
        _people(folder)
        _synthetic(folder)
    return sorted(folder.glob("*.wav"))


if __name__ == "__main__":
    print(f"{len(make(Path(sys.argv[1])))} recordings")
