"""Speech over HTTP, and what a server knows: models and voices."""

from __future__ import annotations

from typing import Callable, Iterator, Optional
from urllib.parse import quote

from .blocking_jobs import Jobs
from .blocking_server import BlockingServer
from .errors import LightTTSError
from .fields import CONVERSION, SPEECH, Voice, conversion_form, first_message, speech_form, voice_form, voice_of
from .multipart import Audio, audio_bytes
from .session import Session, connect
from .timed import TimedClient


class LightTTSClient(BlockingServer, TimedClient):
    """A light-tts server, seen from Python. Safe to use from several threads: every request has its own connection.

    ``timeout`` is in seconds: the longest wait for the connection, for the first byte, and between two pieces.
    Requests that the server refused for lack of room, or that never left, are tried again up to ``retries`` times. A
    request that is on its way never is: the server may be at work on it.
    """

    def synthesize(
        self,
        text: str,
        prompt_text: Optional[str] = None,
        reference_audio: Optional[Audio] = None,
        *,
        voice: Optional[str] = None,
        model: Optional[str] = None,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        prompt_mode: Optional[str] = None,
        instruct: Optional[str] = None,
        mode: Optional[str] = None,
        response_format: Optional[str] = None,
        sample_rate: Optional[int] = None,
    ) -> bytes:
        """Speaks ``text`` and returns the whole file (WAV, 16 kHz, unless asked otherwise).

        The voice is either a recording (``reference_audio``: path, bytes or open file, with ``prompt_text`` saying what
        is said in it) or a stored one (``voice``). ``instruct``: how to speak, such as a dialect or a mood, where the
        model takes instructions; ``mode``: auto, zero_shot, instruct, cross_lingual. ``response_format``: wav, pcm, mp3, opus, flac, aac, mulaw;
        ``sample_rate``: 8000 to 48000; ``speed``: 0.5 to 2. Raises a ``LightTTSError``.
        """
        options = dict(
            voice=voice, model=model, speed=speed, seed=seed, prompt_mode=prompt_mode, instruct=instruct, mode=mode,
            response_format=response_format, sample_rate=sample_rate,
        )
        return b"".join(self._speak(text, prompt_text, reference_audio, False, options))

    def synthesize_stream(
        self,
        text: str,
        prompt_text: Optional[str] = None,
        reference_audio: Optional[Audio] = None,
        *,
        voice: Optional[str] = None,
        model: Optional[str] = None,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        prompt_mode: Optional[str] = None,
        instruct: Optional[str] = None,
        mode: Optional[str] = None,
        response_format: Optional[str] = None,
        sample_rate: Optional[int] = None,
    ) -> Iterator[bytes]:
        """The same, in pieces as they are made. Closing the iterator ends the synthesis.

        Raises ``IncompleteAudioError`` where the audio breaks off.
        """
        options = dict(
            voice=voice, model=model, speed=speed, seed=seed, prompt_mode=prompt_mode, instruct=instruct, mode=mode,
            response_format=response_format, sample_rate=sample_rate,
        )
        return self._speak(text, prompt_text, reference_audio, True, options)

    def convert(
        self,
        source_audio: Audio,
        reference_audio: Optional[Audio] = None,
        *,
        voice: Optional[str] = None,
        model: Optional[str] = None,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        response_format: str = "wav",
        sample_rate: Optional[int] = None,
    ) -> bytes:
        """The words of ``source_audio`` in another voice, as a whole file.

        The voice is a recording (``reference_audio``) or a stored one (``voice``); the server's first where neither is
        given. Raises a ``LightTTSError``.
        """
        options = dict(voice=voice, model=model, speed=speed, seed=seed, response_format=response_format, sample_rate=sample_rate)
        return b"".join(self._convert(source_audio, reference_audio, False, options))

    def convert_stream(
        self,
        source_audio: Audio,
        reference_audio: Optional[Audio] = None,
        *,
        voice: Optional[str] = None,
        model: Optional[str] = None,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        response_format: str = "wav", sample_rate: Optional[int] = None,
    ) -> Iterator[bytes]:
        """The same, in pieces as they are made. Closing the iterator ends the conversion."""
        options = dict(voice=voice, model=model, speed=speed, seed=seed, response_format=response_format, sample_rate=sample_rate)
        return self._convert(source_audio, reference_audio, True, options)

    def session(
        self,
        prompt_text: Optional[str] = None,
        reference_audio: Optional[Audio] = None,
        *,
        voice: Optional[str] = None,
        model: Optional[str] = None,
        speed: Optional[float] = None,
        seed: Optional[int] = None,
        prompt_mode: Optional[str] = None,
        instruct: Optional[str] = None,
        mode: Optional[str] = None,
        language: Optional[str] = None,
        response_format: Optional[str] = None,
        sample_rate: Optional[int] = None,
        timestamps: Optional[str] = None,
        on_event: Optional[Callable[[dict], None]] = None,
    ) -> Session:
        """A live session: text goes in piece by piece while audio (16-bit PCM, 16 kHz unless asked) comes out.

        ``on_event`` is told of the server's events (``ready``, ``started``, ``done``, ``cancelled``) while audio is received; with
        ``timestamps="word"`` or ``"sentence"`` also of these, before the audio that they are in.
        """
        options = dict(
            model=model, prompt_text=prompt_text, voice=voice, speed=speed, seed=seed, prompt_mode=prompt_mode,
            instruct=instruct, mode=mode, language=language, response_format=response_format, sample_rate=sample_rate,
            events=True if on_event else None, timestamps=timestamps,
        )
        recording = None if reference_audio is None else audio_bytes(reference_audio)
        return connect(self._address, first_message(options), recording, self.timeout, self._api_key, on_event)

    @property
    def jobs(self) -> Jobs:
        """Long texts that are spoken in the background."""
        return Jobs(self)

    def models(self) -> list[str]:
        """Names of the models that the server offers."""
        return list(self._json("GET", "/query_tts_model")["tts_models"])

    def model_abilities(self) -> list[dict]:
        """The models and what each can do: ``id``, ``instructions``, ``modes``, ``marks``, ``languages``."""
        return list(self._json("GET", "/v1/models")["data"])

    def voices(self) -> list[Voice]:
        """The voices that the server keeps."""
        return [voice_of(fields) for fields in self._json("GET", "/v1/voices")["voices"]]

    def add_voice(
        self,
        id: str,
        reference_audio: Audio,
        prompt_text: str,
        *,
        language: Optional[str] = None,
        gender: Optional[str] = None,
        description: Optional[str] = None,
        prompt_mode: Optional[str] = None,
        shared: Optional[bool] = None,
        replace: Optional[bool] = None,
    ) -> Voice:
        """Stores a voice under a name; its features are kept and survive restarts of the server.

        A name that is taken is refused unless ``replace``.
        """
        options = dict(
            language=language, gender=gender, description=description, prompt_mode=prompt_mode, shared=shared, replace=replace,
        )
        body, kind = voice_form(id, reference_audio, prompt_text, options)
        return voice_of(self._json("POST", "/v1/voices", body, kind))

    def delete_voice(self, id: str) -> None:
        """Removes a voice that was added."""
        self._request("DELETE", f"/v1/voices/{quote(id, safe='')}").read()

    def ready(self) -> bool:
        """Whether the server takes new work now."""
        try:
            answer = self._once("GET", "/readiness", None, None)
        except LightTTSError:
            return False
        answer.close()
        return answer.status == 200

    def _speak(self, text: str, prompt_text: Optional[str], audio: Optional[Audio], stream: bool, options: dict) -> Iterator[bytes]:
        return self._pieces(SPEECH, *speech_form(text, prompt_text, audio, stream, options))

    def _convert(self, source: Audio, audio: Optional[Audio], stream: bool, options: dict) -> Iterator[bytes]:
        return self._pieces(CONVERSION, *conversion_form(source, audio, stream, options))

    def _pieces(self, path: str, body: bytes, kind: str) -> Iterator[bytes]:
        answer = self._request("POST", path, body, kind)
        try:
            yield from answer.pieces()
        finally:
            answer.close()


__all__ = ["LightTTSClient", "Voice"]
