"""Level, bad recordings, the plan of the shards, and the lists kept for judging."""

from pathlib import Path

import numpy as np
import pytest
from voice_lab import augment, level, lines, paths, shards, speakers
from voice_lab.text import mandarin_sources

RATE = 24000


def tone(hertz: float, amplitude: float, seconds: float = 2.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)


def test_loudness_of_a_known_tone() -> None:
    """The standard's calibration: a full-scale 997 Hz sine in one channel reads -3.01 LUFS."""
    assert level.loudness(tone(997, 1.0), RATE) == pytest.approx(-3.01, abs=0.1)
    assert level.loudness(np.zeros(RATE), RATE) == float("-inf")


def test_levelled_speech_is_at_the_target_or_at_the_peak() -> None:
    assert level.loudness(level.levelled(tone(300, 0.01), RATE), RATE) == pytest.approx(level.TARGET_LUFS, abs=0.1)
    click = np.zeros(RATE)
    click[5000:5040] = 0.5
    assert np.abs(level.levelled(click, RATE)).max() <= level.PEAK + 1e-9


def test_silence_between_words_does_not_count() -> None:
    with_pause = np.concatenate([tone(500, 0.1), np.zeros(4 * RATE), tone(500, 0.1)])
    assert level.loudness(with_pause, RATE) == pytest.approx(level.loudness(tone(500, 0.1), RATE), abs=0.4)


@pytest.mark.parametrize("decibels", [0, 10, 25])
def test_noise_has_the_ratio_asked_for(decibels: float) -> None:
    wave = tone(200, 0.2)
    added = augment.with_noise(wave, decibels, np.random.default_rng(1)) - wave
    assert 10 * np.log10(np.mean(wave**2) / np.mean(added**2)) == pytest.approx(decibels, abs=0.01)


def test_telephone_has_nothing_above_four_kilohertz() -> None:
    spectrum = np.abs(np.fft.rfft(augment.telephone(np.random.default_rng(2).standard_normal(augment.RATE))))
    assert np.mean(spectrum[4300:] ** 2) < 1e-3 * np.mean(spectrum[:3700] ** 2)


def test_coding_is_coarser_with_fewer_bits() -> None:
    wave = tone(200, 0.3)
    errors = [np.mean((augment.coded(wave, bits) - wave) ** 2) for bits in (5, 6, 7, 8)]
    assert errors == sorted(errors, reverse=True)


def test_every_shard_is_spoken_or_recited_once_and_any_prefix_is_fair() -> None:
    plan = shards.in_order()
    every = [*plan, *shards.recited()]
    assert len({shard.name for shard in every}) == len(every) == sum(f.shards for f in shards.families())
    later = [shard for shard in plan if shard.place >= 0]
    for family in shards.families():
        rest = family.spoken - family.ahead
        half = sum(shard.family == family.name for shard in later[: len(later) // 2])
        assert abs(half - rest / 2) <= 2


def test_judged_sentences_are_never_dealt_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put among the packaged sentences, they are still not drawn."""
    kept = sorted(path.read_text("utf-8").splitlines()[3] for path in lines.JUDGED.glob("*.txt"))
    assert all(lines.bare(line) in lines.judged() for line in kept)
    monkeypatch.setattr(mandarin_sources, "sentences", lambda: [kept[1], "这句话可以说"] if lines.bare(kept[1]) else [])
    monkeypatch.setattr(paths, "LINES", tmp_path)
    shard = next(s for s in shards.in_order() if s.family == "mandarin")
    monkeypatch.setattr(speakers, "draw", lambda rng, shares: "lan")
    drawn = [text for _, text, _ in lines.of_shard(shard)]
    assert len(drawn) == 64 and lines.bare(kept[1]) not in {lines.bare(text) for text in drawn}
    assert lines.of_shard(shard) == [tuple(row.split("\t")) for row in (tmp_path / f"{shard.name}.tsv").read_text("utf-8").splitlines()]
