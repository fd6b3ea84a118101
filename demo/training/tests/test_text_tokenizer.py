"""Text ids against the golden list (golden vocabulary), and the recipe's own vocabulary."""

import golden

from voice_lab import text_tokenizer


def test_golden_ids() -> None:
    tokenizer = text_tokenizer.load(golden.folder() / "CosyVoice-BlankEN")
    cases = golden.document("tokenizer/tokenizer.json")
    checked = 0
    for case in cases:
        if any(mark in case["text"] for mark in ("<|", "[", "<")):
            continue  # special tokens are the runtime's business
        assert tokenizer.encode(case["text"]).ids == case["ids"], case["text"]
        checked += 1
    assert checked > 50


def test_characters_are_single_tokens() -> None:
    if not (text_tokenizer.FOLDER / "merges.txt").exists():
        return
    tokenizer = text_tokenizer.load()
    assert len(tokenizer.encode("你好，这是一个测试。").ids) == 10
    assert tokenizer.decode(tokenizer.encode("Good morning, 你好!").ids) == "Good morning, 你好!"
