"""The same as ``LightTTSClient`` for programs on ``asyncio``."""

from __future__ import annotations

from typing import AsyncIterator, Callable, Optional
from urllib.parse import quote

from .async_session import AsyncSession, connect
from .async_jobs import AsyncJobs
from .async_server import AsyncServer
from .errors import LightTTSError
from .fields import CONVERSION, SPEECH, Voice, checked, conversion_form, first_message, speech_form, voice_form, voice_of
from .multipart import Audio, audio_bytes
from .timed import AsyncTimedClient


class AsyncLightTTSClient(AsyncServer, AsyncTimedClient):
    """A light-tts server, seen from ``asyncio``. Arguments, results and errors are those of ``LightTTSClient``.

    >>> client = AsyncLightTTSClient("localhost:8080")
    >>> audio = await client.synthesize("Good morning.", voice="james")    # doctest: +SKIP
    >>> async for piece in client.synthesize_stream("Good morning."):    # doctest: +SKIP
    ...     play(piece)
    """

    async def synthesize(self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, **options) -> bytes:
        """The whole file; ``options`` as for ``LightTTSClient.synthesize``."""
        body, kind = speech_form(text, prompt_text, reference_audio, False, checked(options, _SPEECH_OPTIONS))
        return await (await self._request("POST", SPEECH, body, kind)).read()

    async def synthesize_stream(
        self, text: str, prompt_text: Optional[str] = None, reference_audio: Optional[Audio] = None, **options
    ) -> AsyncIterator[bytes]:
        """The same, in pieces as they are made. Closing the iterator (``aclose``) ends the synthesis."""
        body, kind = speech_form(text, prompt_text, reference_audio, True, checked(options, _SPEECH_OPTIONS))
        async for piece in self._pieces(SPEECH, body, kind):
            yield piece

    async def convert(self, source_audio: Audio, reference_audio: Optional[Audio] = None, **options) -> bytes:
        """The words of ``source_audio`` in another voice, as a whole file (WAV unless asked otherwise)."""
        options = {"response_format": "wav", **checked(options, _CONVERSION_OPTIONS)}
        body, kind = conversion_form(source_audio, reference_audio, False, options)
        return await (await self._request("POST", CONVERSION, body, kind)).read()

    async def convert_stream(self, source_audio: Audio, reference_audio: Optional[Audio] = None, **options) -> AsyncIterator[bytes]:
        """The same, in pieces as they are made."""
        options = {"response_format": "wav", **checked(options, _CONVERSION_OPTIONS)}
        body, kind = conversion_form(source_audio, reference_audio, True, options)
        async for piece in self._pieces(CONVERSION, body, kind):
            yield piece

    async def session(
        self,
        prompt_text: Optional[str] = None,
        reference_audio: Optional[Audio] = None,
        *,
        on_event: Optional[Callable[[dict], None]] = None,
        **options,
    ) -> AsyncSession:
        """A live session; ``options`` as for ``LightTTSClient.session``."""
        options = {**checked(options, _SESSION_OPTIONS), "prompt_text": prompt_text, "events": True if on_event else None}
        recording = None if reference_audio is None else audio_bytes(reference_audio)
        return await connect(self._address, first_message(options), recording, self.timeout, self._api_key, on_event)

    @property
    def jobs(self) -> AsyncJobs:
        """Long texts that are spoken in the background."""
        return AsyncJobs(self)

    async def models(self) -> list[str]:
        return list((await self._json("GET", "/query_tts_model"))["tts_models"])

    async def model_abilities(self) -> list[dict]:
        return list((await self._json("GET", "/v1/models"))["data"])

    async def voices(self) -> list[Voice]:
        return [voice_of(fields) for fields in (await self._json("GET", "/v1/voices"))["voices"]]

    async def add_voice(self, id: str, reference_audio: Audio, prompt_text: str, **options) -> Voice:
        body, kind = voice_form(id, reference_audio, prompt_text, checked(options, _VOICE_OPTIONS))
        return voice_of(await self._json("POST", "/v1/voices", body, kind))

    async def delete_voice(self, id: str) -> None:
        await (await self._request("DELETE", f"/v1/voices/{quote(id, safe='')}")).read()

    async def ready(self) -> bool:
        try:
            answer = await self._once("GET", "/readiness", None, None)
        except LightTTSError:
            return False
        answer.close()
        return answer.status == 200

    async def _pieces(self, path: str, body: bytes, kind: str) -> AsyncIterator[bytes]:
        answer = await self._request("POST", path, body, kind)
        try:
            async for piece in answer.pieces():
                yield piece
        finally:
            answer.close()


_COMMON = ("voice", "model", "speed", "seed", "sample_rate", "response_format")
_SPEECH_OPTIONS = (*_COMMON, "prompt_mode", "instruct", "mode", "timestamps")
_CONVERSION_OPTIONS = _COMMON
_SESSION_OPTIONS = (*_SPEECH_OPTIONS, "language")
_VOICE_OPTIONS = ("language", "gender", "description", "prompt_mode", "shared", "replace")


__all__ = ["AsyncLightTTSClient"]
