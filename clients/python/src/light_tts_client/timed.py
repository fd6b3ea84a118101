"""Speech with the times at which its words are said."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Awaitable, Callable, Iterator, Optional

from .multipart import Audio


@dataclass(frozen=True)
class TimedText:
    """A word or sentence of the text, as it was written; ``start`` and ``end`` in seconds.

    ``begins`` and ``ends`` are places in the text that was sent, in UTF-16 units: those of a Python text where it has no
    characters beyond U+FFFF.
    """

    text: str
    start: float
    end: float
    begins: int
    ends: int


@dataclass(frozen=True)
class TimedSpeech:
    """A WAV file, its length in seconds, and its words, or its sentences where these were asked for."""

    audio: bytes
    sample_rate: int
    duration: float
    times: list[TimedText]


def timed_speech(answer: bytes) -> TimedSpeech:
    fields = json.loads(answer)
    times = [
        TimedText(time["text"], time["start"], time["end"], time["from"], time["to"])
        for time in fields.get("words", fields.get("sentences", []))
    ]
    return TimedSpeech(base64.b64decode(fields["audio"]), fields["sample_rate"], fields["duration"], times)


class TimedClient:
    """What ``LightTTSClient`` offers beside audio alone; ``options`` are those of ``synthesize``."""

    _speak: Callable[..., Iterator[bytes]]

    def synthesize_timed(
        self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, *,
        timestamps: str = "word", **options,
    ) -> TimedSpeech:
        """The audio with its words (``timestamps="sentence"``: its sentences) and when each is said."""
        options = {**options, "response_format": "json", "timestamps": timestamps}
        return timed_speech(b"".join(self._speak(text, prompt_text, reference_audio, False, options)))

    def subtitles(
        self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, *,
        format: str = "srt", timestamps: str = "sentence", **options,
    ) -> str:
        """What is said as subtitles (``srt`` or ``vtt``), without its audio."""
        options = {**options, "response_format": format, "timestamps": timestamps}
        return b"".join(self._speak(text, prompt_text, reference_audio, False, options)).decode()


class AsyncTimedClient:
    """The same for ``asyncio``."""

    synthesize: Callable[..., Awaitable[bytes]]

    async def synthesize_timed(
        self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, *,
        timestamps: str = "word", **options,
    ) -> TimedSpeech:
        options = {**options, "response_format": "json", "timestamps": timestamps}
        return timed_speech(await self.synthesize(text, prompt_text, reference_audio, **options))

    async def subtitles(
        self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, *,
        format: str = "srt", timestamps: str = "sentence", **options,
    ) -> str:
        options = {**options, "response_format": format, "timestamps": timestamps}
        return (await self.synthesize(text, prompt_text, reference_audio, **options)).decode()


__all__ = ["AsyncTimedClient", "TimedClient", "TimedSpeech", "TimedText"]
