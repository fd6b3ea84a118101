"""Mandarin sentences from packages: graded everyday sentences with their English, and short dialogues.

hsk-sentences-audio 1.0.0 (data CC BY-SA 4.0), chatterbot-corpus 1.3.3 (BSD). Only lines without digits and Latin letters.
"""

import json
import re
from functools import cache
from importlib import resources

import yaml

CHINESE = re.compile(r"[\u4e00-\u9fff，。？！、：；“”]+")
ENGLISH = re.compile(r"[A-Z][A-Za-z' ,;:?!.]*")


@cache
def _graded() -> list[dict]:
    return json.loads((resources.files("hsk_sentences_audio") / "data" / "sentences.json").read_text("utf-8"))


def _dialogue(language: str) -> list[str]:
    lines = []
    for file in sorted((resources.files("chatterbot_corpus") / "data" / language).iterdir(), key=lambda f: f.name):
        if file.name in ("coding.yml", "tech_support.yml", "trivia.yml", "politics.yml", "psychology.yml") or not file.name.endswith(".yml"):
            continue
        for talk in yaml.safe_load(file.read_text("utf-8"))["conversations"]:
            lines += [str(line) for line in talk]
    return lines


def sentences(shortest: int = 3, longest: int = 32) -> list[str]:
    """Distinct Mandarin sentences, in order."""
    marks = str.maketrans({"?": "？", "!": "！", ",": "，", ".": "。", " ": None, "；": "，", "…": "。"})
    found = [entry["chinese"] for entry in _graded()] + _dialogue("chinese")
    cleaned = (re.sub(r"[“”]", "", line.translate(marks)).strip("，。：、") for line in found)
    return sorted({line for line in cleaned if shortest <= len(line) <= longest and CHINESE.fullmatch(line)})


def english_sentences(longest: int = 110) -> list[str]:
    """Distinct everyday English sentences: the graded ones' translations, and dialogues."""
    found = [entry["translation"]["en"] for entry in _graded()] + _dialogue("english")
    cleaned = (re.sub(r"\s+", " ", line.replace("’", "'")).strip(" .") for line in found)
    return sorted({line for line in cleaned if 6 <= len(line) <= longest and ENGLISH.fullmatch(line)})
