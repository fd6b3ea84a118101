"""Stage 9: trains the language model on text and speech codes.

Examples: one utterance, or two to four of the same speaker joined, in either language (as prompt and reply are at
inference), half of these with all but the last as the speech tokenizer hears them, or would, which are not to be learnt; plain
and live order; some words cut in two before they are encoded; a few wrong input codes. One training-only helper: from the second
layer, each word's phones must be readable at its last text token (dropped at export).

The second run (`tune`) also shows one head of the layer after that where it should look: at the word that the next code is of. A model of this
size otherwise loses its place where words come twice, and says them again or leaves them out; and that head tells when words are said.

Hidden matrices are trained by Muon, the rest by AdamW. A running average of the weights is what gets exported.
"""

import itertools
import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from . import arithmetic, codes, corpus, loop, paths, scale, sequences, shards, text_tokenizer
from .language_model import LanguageModel, LanguageModelSizes
from .muon import MuonAndAdam
from .sequences import IGNORE, SPEECH, TEXT
from .text import units
from .words_told import WORD_LAYER, WORD_PHONES, WordReader, pointer_loss

POSITIONS = 2048
MUON_PEAK, ADAM_SCALE = 0.012, 0.18
"""AdamW runs at MUON_PEAK * ADAM_SCALE."""
JOINED, HEARD, LIVE, NOISE = 0.45, 0.5, 0.35, 0.03
CUT_EXAMPLES, CUT = 0.35, 0.25
"""Share of the examples with cut words, and of their words: rare words must be readable in small pieces."""
LONGEST = 520
"""Speech tokens of a joined example."""
WORD_WEIGHT, POINTER_WEIGHT = 0.3, 0.3
TUNE_PEAK = 0.005
AVERAGE = 0.999


@dataclass
class Spoken:
    """One utterance for the language model. `words`: phone classes of each unit of the text (tones as extra classes)."""

    speaker: str
    text: str
    codes: np.ndarray
    heard: np.ndarray | None
    """None of what was recited."""
    words: list[list[int]]
    unit: np.ndarray
    """Of each code: the unit of the text that it is of, -1 in pauses."""


def load_corpus() -> tuple[list[Spoken], int]:
    """All encoded and recited utterances and the number of phone classes."""
    names = list(dict.fromkeys(phone for phone, _ in codes.CLASSES))
    index, out = {name: k + 1 for k, name in enumerate(names)}, []
    for name in (*corpus.spoken(), *(shard.name for shard in shards.recited())):
        data, at = np.load(paths.TOKENS / f"{name}.npz"), 0
        known = data["codes"]
        recognised = data["heard"] if "heard" in data else None
        for row, length in zip(corpus.labels_of(name), data["lengths"], strict=True):
            mine, at = slice(at, at + length), at + length
            out.append(Spoken(row["speaker"], row["text"], known[mine], None if recognised is None else recognised[mine], _word_phones(row, index, len(names)),
                              _units(row, int(length))))
    return out, len(names) + 7


def _word_phones(row: dict, index: dict[str, int], names: int) -> list[list[int]]:
    """Class 0 is padding, 1..names phones, then one class per tone at the end of a Mandarin syllable."""
    words: list[list[int]] = [[] for _ in units.spans(row["text"])]
    last_tone = [0] * len(words)
    for name, _, unit, tone in row["phones"]:
        if 0 <= unit < len(words):
            words[unit].append(index.get(name, 0))
            last_tone[unit] = tone
    return [(w + [names + tone] if tone else w)[:WORD_PHONES] for w, tone in zip(words, last_tone, strict=True)]


def _units(row: dict, tokens: int) -> np.ndarray:
    at = codes.spans(np.array([end for _, end, _, _ in row["phones"]]), tokens)
    return np.array([unit for _, _, unit, _ in row["phones"]], dtype=np.int16)[at]


def encoded(tokenizer: Tokenizer, text: str, cuts: list[int]) -> tuple[list[int], list[int]]:
    """Ids, and the end of each in characters; at a cut a new token begins whatever the merges say."""
    ids, ends = [], []
    for start, stop in itertools.pairwise([0, *cuts, len(text)]):
        piece = tokenizer.encode(text[start:stop])
        ids += piece.ids
        ends += [start + end for _, end in piece.offsets]
    return ids, ends


class Hearing:
    """What the speech tokenizer takes codes for, as it was seen to: for speech that has no sound."""

    def __init__(self, spoken: list[Spoken]):
        pairs = [(s.codes, s.heard) for s in spoken if s.heard is not None]
        known, heard = (np.concatenate(column) for column in zip(*pairs, strict=True)) if pairs else (np.zeros(0, int), np.zeros(0, int))
        order = np.argsort(known, kind="stable")
        self.known, self.heard = known[order], heard[order]

    def of(self, code: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """For each code what one like it was heard as; itself where none was."""
        first, end = (np.searchsorted(self.known, code, side=side) for side in ("left", "right"))
        chosen = first + np.floor(rng.random(len(code)) * (end - first)).astype(np.int64)
        return np.where(end > first, self.heard[np.minimum(chosen, max(0, len(self.heard) - 1))] if len(self.heard) else code, code)


class Batches:
    """Draws everything from the step number, so that a resumed run sees the same data."""

    def __init__(self, spoken: list[Spoken], sizes: LanguageModelSizes):
        self.spoken, self.sizes = spoken, sizes
        self.tokenizer, self.hearing = text_tokenizer.load(), Hearing(spoken)
        by_speaker: dict[str, list[int]] = {}
        for k, s in enumerate(spoken):
            by_speaker.setdefault(s.speaker, []).append(k)
        self.by_speaker = [np.array(members) for members in by_speaker.values()]
        self.plans: dict[int, list[list[list[int]]]] = {}
        self.starts = [0]

    def _epoch(self, epoch: int) -> list[list[list[int]]]:
        """Batches of examples; an example is a list of utterance numbers to join."""
        rng = np.random.default_rng(11_000 + epoch)
        examples: list[list[int]] = []
        for members in self.by_speaker:
            order, at = rng.permutation(members), 0
            while at < len(order):
                count = 1 if rng.random() > JOINED else int(rng.choice((2, 2, 2, 3, 3, 4)))
                group = order[at:at + count].tolist()
                while len(group) > 1 and sum(len(self.spoken[k].codes) for k in group) > LONGEST:
                    group.pop()
                examples.append(group)
                at += len(group)
        sizes = [sum(int(1.28 * len(self.spoken[k].codes)) for k in group) + 4 for group in examples]
        order = np.argsort(np.array(sizes) * rng.uniform(0.9, 1.1, len(sizes)))
        batches, current, longest = [], [], 0
        for k in order:
            longest = max(longest, -(-sizes[k] // 32) * 32)
            if current and longest * (len(current) + 1) > scale.current().rows(POSITIONS):
                batches.append(current)
                current, longest = [], -(-sizes[k] // 32) * 32
            current.append(examples[k])
        batches.append(current)
        rng.shuffle(batches)
        return batches

    def plan(self, step: int) -> list[list[int]]:
        while step >= self.starts[-1]:
            epoch = len(self.starts) - 1
            self.plans[epoch] = self._epoch(epoch)
            self.starts.append(self.starts[-1] + len(self.plans[epoch]))
            self.plans.pop(epoch - 1, None)
        epoch = next(e for e in range(len(self.starts) - 1) if step < self.starts[e + 1])
        if epoch not in self.plans:
            self.plans[epoch] = self._epoch(epoch)
        return self.plans[epoch][step - self.starts[epoch]]

    def _example(self, group: list[int], rng: np.random.Generator) -> tuple[sequences.Sequence, list[tuple[int, list[int]]], np.ndarray]:
        """The sequence; (text token, phones) of each word; (position, position of the text token of what it predicts) [N, 2]."""
        ids, speech, marks, said = [], [], [], []
        prompted = len(group) > 1 and rng.random() < HEARD
        cutting = CUT if rng.random() < CUT_EXAMPLES else 0.0
        for k in group:
            s = self.spoken[k]
            text = s.text if rng.random() < 0.8 else s.text.lower()
            spans = units.spans(text)
            cuts = [int(rng.integers(start + 1, stop)) for start, stop in spans if stop - start > 1 and rng.random() < cutting]
            mine, ends = encoded(self.tokenizer, text, cuts)
            lasts = np.maximum(0, np.searchsorted(ends, [end for _, end in spans], side="right") - 1) + len(ids)
            marks += [(int(last), phones) for last, phones in zip(lasts, s.words, strict=True) if phones]
            told = (s.unit >= 0) & (s.unit < len(spans))
            said.append(np.append(lasts, -1)[np.where(told, s.unit, -1)])
            ids += mine
            heard = prompted and k != group[-1]
            speech.append(s.codes if not heard else s.heard if s.heard is not None else self.hearing.of(s.codes, rng))
        text, sound = np.array(ids), np.concatenate(speech).astype(np.int64)
        given = len(sound) - len(speech[-1]) if prompted else 0
        live = rng.random() < LIVE
        repeat_last = live and rng.random() < 0.7

        def ordered(speech: np.ndarray, end: int, fill: int, given: int = 0) -> sequences.Sequence:
            sequence = sequences.live(text, speech, end, fill, repeat_last, given) if live else None
            return sequence or sequences.plain(text, speech, end, given)

        sequence = ordered(sound, self.sizes.speech_tokens, self.sizes.speech_tokens + 2, given)
        # The same order of the codes' numbers tells which code each position predicts.
        predicted = ordered(np.arange(len(sound)), IGNORE, IGNORE).targets
        at = np.flatnonzero(predicted >= 0)
        token = np.concatenate(said)[predicted[at]]
        at, token = at[token >= 0], token[token >= 0]
        looks = np.stack([at, sequence.text_at[token]], 1)
        return sequence, [m for m in marks if m[0] < len(ids)], looks[looks[:, 1] <= looks[:, 0]]

    def batch(self, step: int) -> dict[str, torch.Tensor]:
        rng = np.random.default_rng(12_000_000 + step)
        made = [self._example(group, rng) for group in self.plan(step)]
        length = -(-max(len(s.ids) for s, _, _ in made) // 32) * 32
        table, ids = np.full((len(made), length), TEXT), np.zeros((len(made), length), dtype=np.int64)
        targets = np.full((len(made), length), IGNORE)
        word_at, word_phones, looks = [], [], []
        for row, (s, marks, mine) in enumerate(made):
            looks.append(np.concatenate([np.full((len(mine), 1), row), mine], 1))
            n = len(s.ids)
            noisy = np.where((s.table == SPEECH) & (rng.random(n) < NOISE), rng.integers(0, self.sizes.speech_tokens, n), s.ids)
            table[row, :n], ids[row, :n], targets[row, :n] = s.table, noisy, s.targets
            for token, phones in marks:
                word_at.append((row, s.text_at[token]))
                word_phones.append(phones + [0] * (WORD_PHONES - len(phones)))
        return {name: torch.from_numpy(np.array(value)) for name, value in
                (("table", table), ("ids", ids), ("targets", targets), ("word_at", word_at), ("word_phones", word_phones),
                 ("looks", np.concatenate(looks)))}


@torch.no_grad()
def settle(model: LanguageModel) -> None:
    """Codes that share phone or pitch start alike, where they are fed and where they are told apart."""
    count, width = codes.CODES, model.sizes.hidden_size
    model.speech_embedding.weight[:count] = 0.05 * codes.related(width, seed=5)
    model.llm_decoder.weight[:count] += 0.02 * codes.related(width, seed=6)


def main(tune: bool) -> None:
    loop.begin()
    name = "language_model_tuned" if tune else "language_model"
    final = paths.MODELS / f"{name}.pt"
    if final.exists():
        return
    began = time.time()
    spoken, classes = load_corpus()
    total = sum(len(s.codes) for s in spoken)
    print(f"language model: {len(spoken)} utterances, {total / 90000:.1f} h, loaded in {time.time() - began:.0f} s", flush=True)
    sizes = LanguageModelSizes(vocab_size=text_tokenizer.rows())
    model, reader = LanguageModel(sizes), WordReader(sizes.hidden_size, classes)
    if tune:
        model.load_state_dict(torch.load(paths.MODELS / "language_model.pt", weights_only=True))
        if not scale.current().onward:
            reader.load_state_dict(torch.load(paths.MODELS / "language_model.ckpt", weights_only=False)["parts"]["reader"])
    else:
        settle(model)
    average = LanguageModel(sizes).requires_grad_(False)
    average.load_state_dict(model.state_dict())
    batches = Batches(spoken, sizes)
    hidden = [p for layer in model.llm.model.model.layers for p in layer.parameters() if p.ndim == 2]
    known = {id(p) for p in hidden}
    rest = [p for p in [*model.parameters(), *reader.parameters()] if id(p) not in known]
    run = loop.Run(name, paths.MODELS, {"model": model, "reader": reader, "average": average},
                   MuonAndAdam(hidden, rest, ADAM_SCALE), scale.current().steps[name], TUNE_PEAK if tune else MUON_PEAK)

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step:
            keep = min(AVERAGE, step / (step + 10))
            for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
                slow.lerp_(fast.detach(), 1 - keep)
        b = batches.batch(step)
        is_text, is_speech = (b["table"] == TEXT)[..., None], (b["table"] == SPEECH)[..., None]
        zero = torch.zeros_like(b["ids"])
        ids = b["ids"]
        rows = torch.where(is_text, model.text_rows(torch.where(is_text[..., 0], ids, zero)),
                           torch.where(is_speech, model.speech_embedding(torch.where(is_speech[..., 0], ids, zero)),
                                       model.llm_embedding(torch.where((is_text | is_speech)[..., 0], zero, ids))))
        with arithmetic.products():
            states, middle = model.states(rows, keep=WORD_LAYER)
            wanted = b["targets"] != IGNORE
            logits = model.llm_decoder(states[wanted])
            words = reader(middle[b["word_at"][:, 0], b["word_at"][:, 1]])
            pointed = pointer_loss(model, middle, b["looks"]) if tune else torch.zeros(())
        loss = F.cross_entropy(logits.float(), b["targets"][wanted])
        spelled = F.cross_entropy(words.float().flatten(0, 1), b["word_phones"].flatten(), ignore_index=0)
        figures = {"pointer": pointed.item()} if tune else {}
        return loss + WORD_WEIGHT * spelled + POINTER_WEIGHT * pointed, {"speech": loss.item(), "words": spelled.item(), **figures, "positions": float(ids.numel())}

    run.train(loss_of, report_every=100)
    loop.save_atomically(average.state_dict(), final)


if __name__ == "__main__":
    main("tune" in sys.argv[1:])
