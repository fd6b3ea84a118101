"""Text vocabulary: byte-level BPE with Qwen2's pre-tokenisation, small enough to keep spelling visible.

English merges are learned from the training lines. Chinese merges join the three bytes of each character of the
recipe's set (and of the Chinese marks), never two characters: a character is one token, a rare one two or three.
"""

import json
import shutil
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from . import lines, paths, shards
from .text import mandarin

ENGLISH_MERGES = 384
PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
ADDED_BY_RUNTIME = 17
"""Special tokens that the runtime appends after the three above ("<|endofprompt|>", "[breath]", ...)."""
MARKS = "。，？！、；：“”"
FOLDER = paths.WORK / "tokenizer"


def _pieces() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERN), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def _byte_letters() -> dict[int, str]:
    """The printable letter that stands for each byte (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + k) for k, b in enumerate(rest)}


def _english_merges(lines: list[str]) -> list[tuple[str, str]]:
    trainer = trainers.BpeTrainer(vocab_size=256 + ENGLISH_MERGES, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _pieces()
    tokenizer.train_from_iterator(lines, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in merges]


def _character_merges(counts: Counter) -> list[tuple[str, str]]:
    letters, merges, made = _byte_letters(), [], set()
    for char, _ in counts.most_common():
        first, second, third = (letters[b] for b in char.encode())
        for left, right in ((first, second), (first + second, third)):
            if left + right not in made:
                made.add(left + right)
                merges.append((left, right))
    return merges


def build() -> None:
    """Writes `tokenizer/` in the work folder, in the layout of the checkpoint's text folder (without the Qwen2 config)."""
    if (FOLDER / "merges.txt").exists():
        return
    english, chinese = [], Counter(dict.fromkeys(sorted(mandarin.all_characters()) + list(MARKS), 1))
    for shard in (*shards.in_order(), *shards.recited()):
        for _, text, _ in lines.of_shard(shard):
            if shard.family == "mandarin":
                chinese.update(char for char in text if char in chinese)
            else:
                english.append(text)
    letters = _byte_letters()
    merges = _english_merges(english) + _character_merges(chinese)
    order = sorted(letters.values()) + ["".join(merge) for merge in merges]
    vocab = {token: k for k, token in enumerate(dict.fromkeys(order))}
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, separators=(",", ":")), "utf-8")
    added = {str(len(vocab) + k): {"content": text, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
                                   "special": True} for k, text in enumerate(SPECIALS)}
    config = {"add_prefix_space": False, "added_tokens_decoder": added, "additional_special_tokens": SPECIALS[1:], "bos_token": None,
              "clean_up_tokenization_spaces": False, "eos_token": SPECIALS[2], "errors": "replace", "model_max_length": 32768,
              "pad_token": SPECIALS[0], "split_special_tokens": False, "tokenizer_class": "Qwen2Tokenizer", "unk_token": None}
    (FOLDER / "tokenizer_config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
    part = FOLDER / "merges.part"
    part.write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), "utf-8")
    part.rename(FOLDER / "merges.txt")
    print(f"text tokenizer: {len(vocab)} entries, {len(merges)} merges", flush=True)


def load(folder: Path = FOLDER) -> Tokenizer:
    vocab = json.loads((folder / "vocab.json").read_text("utf-8"))
    merges = [tuple(line.split(" ")) for line in (folder / "merges.txt").read_text("utf-8").splitlines()[1:] if line]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizers.NFC(), _pieces(), decoders.ByteLevel()
    return tokenizer


def rows(folder: Path = FOLDER) -> int:
    """Rows of the text embedding: all entries and specials, rounded up to 64."""
    used = len(json.loads((folder / "vocab.json").read_text("utf-8"))) + len(SPECIALS) + ADDED_BY_RUNTIME
    return -(-used // 64) * 64


def copy_to(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        shutil.copyfile(FOLDER / name, folder / name)


def ids(tokenizer: Tokenizer, text: str) -> torch.Tensor:
    return torch.tensor(tokenizer.encode(text).ids, dtype=torch.long)


if __name__ == "__main__":
    build()
