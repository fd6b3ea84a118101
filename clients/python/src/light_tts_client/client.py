"""Speech over HTTP, and what a server knows: models and voices."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Iterator, Optional
from urllib.parse import quote, urlsplit

from .errors import ConnectionFailedError, IncompleteAudioError, RateLimitError, RequestTimeoutError, UnavailableError, of_response
from .multipart import Audio, audio_bytes, encode_form
from .session import Session, connect

_PIECE_BYTES = 64 * 1024
_LONGEST_WAIT_S = 30.0


@dataclass(frozen=True)
class Voice:
    """A voice that the server keeps."""

    id: str
    seconds: float
    transcript: str
    origin: str
    language: Optional[str] = None


class LightTTSClient:
    """A light-tts server, seen from Python. Safe to use from several threads: every request has its own connection.

    ``timeout`` is in seconds: the longest wait for the connection, for the first byte, and between two pieces.
    Requests that the server refused for lack of room, or that never left, are tried again up to ``retries`` times. A
    request that is on its way never is: the server may be at work on it.
    """

    def __init__(
        self,
        base_url: str = "http://localhost:8080",
        timeout: float = 30.0,
        *,
        api_key: Optional[str] = None,
        retries: int = 2,
    ) -> None:
        parts = urlsplit(base_url if "://" in base_url else f"http://{base_url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected a base_url such as http://localhost:8080, got {base_url!r}")
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.retries = retries
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._prefix = parts.path.rstrip("/")
        self._api_key = api_key

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
        model takes instructions; ``mode``: auto, zero_shot, instruct, cross_lingual. ``response_format``: wav, pcm, mp3, opus, flac, mulaw;
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
        response_format: str = "wav",
        sample_rate: Optional[int] = None,
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
        sample_rate: Optional[int] = None,
    ) -> Session:
        """A live session: text goes in piece by piece while audio (16-bit PCM, 16 kHz unless asked) comes out."""
        options = {
            "tts_model_name": model or "default", "prompt_text": prompt_text, "voice": voice, "speed": speed, "seed": seed,
            "prompt_mode": prompt_mode, "instruct": instruct, "mode": mode, "sample_rate": sample_rate,
        }
        recording = None if reference_audio is None else audio_bytes(reference_audio)
        return connect(self.base_url, {k: v for k, v in options.items() if v is not None}, recording, self.timeout, self._api_key)

    def models(self) -> list[str]:
        """Names of the models that the server offers."""
        return list(self._json("GET", "/query_tts_model")["tts_models"])

    def model_abilities(self) -> list[dict]:
        """The models and what each can do: ``id``, ``instructions``, ``modes``, ``marks``, ``languages``."""
        return list(self._json("GET", "/v1/models")["data"])

    def voices(self) -> list[Voice]:
        """The voices that the server keeps."""
        return [_voice(fields) for fields in self._json("GET", "/v1/voices")["voices"]]

    def add_voice(self, id: str, reference_audio: Audio, prompt_text: str, *, language: Optional[str] = None) -> Voice:
        """Stores a voice under a name; its features are kept and survive restarts of the server."""
        body, kind = encode_form(
            {"id": id, "prompt_text": prompt_text, "language": language}, {"prompt_wav": audio_bytes(reference_audio)}
        )
        return _voice(self._json("POST", "/v1/voices", body, kind))

    def delete_voice(self, id: str) -> None:
        """Removes a voice that was added."""
        connection, response = self._request("DELETE", f"/v1/voices/{quote(id, safe='')}")
        response.read()
        connection.close()

    def ready(self) -> bool:
        """Whether the server takes new work now."""
        try:
            connection, response = self._once("GET", "/readiness", None, None)
        except (ConnectionFailedError, RequestTimeoutError):
            return False
        connection.close()
        return response.status == 200

    def _speak(self, text: str, prompt_text: Optional[str], audio: Optional[Audio], stream: bool, options: dict) -> Iterator[bytes]:
        options = {**options, "tts_model_name": options.pop("model", None)}
        recordings = {} if audio is None else {"prompt_wav": audio_bytes(audio)}
        body, kind = encode_form({"tts_text": text, "prompt_text": prompt_text, "stream": stream, **options}, recordings)
        return self._pieces("/inference_zero_shot", body, kind)

    def _convert(self, source: Audio, audio: Optional[Audio], stream: bool, options: dict) -> Iterator[bytes]:
        recordings = {"source_wav": audio_bytes(source)}
        if audio is not None:
            recordings["prompt_wav"] = audio_bytes(audio)
        body, kind = encode_form({"stream": stream, **options}, recordings)
        return self._pieces("/v1/audio/convert", body, kind)

    def _pieces(self, path: str, body: bytes, kind: str) -> Iterator[bytes]:
        connection, response = self._request("POST", path, body, kind)
        try:
            while True:
                try:
                    piece = response.read1(_PIECE_BYTES)
                except socket.timeout as error:
                    raise self._late("The audio stopped") from error
                except (http.client.HTTPException, OSError) as error:
                    raise IncompleteAudioError("The audio broke off", str(error)) from error
                if not piece:
                    break
                yield piece
            if response.length:
                raise IncompleteAudioError("The audio broke off", f"{response.length} bytes are missing")
        finally:
            connection.close()

    def _json(self, method: str, path: str, body: Optional[bytes] = None, kind: Optional[str] = None) -> dict:
        connection, response = self._request(method, path, body, kind)
        with connection:
            return json.loads(response.read())

    def _request(self, method: str, path: str, body: Optional[bytes] = None, kind: Optional[str] = None) -> tuple[_Connection, http.client.HTTPResponse]:
        """An answer that is no refusal. Tries again where that costs nothing twice: it was refused, or never sent."""
        for attempt in range(self.retries + 1):
            try:
                connection, response = self._once(method, path, body, kind)
                if response.status < 400:
                    return connection, response
                with connection:
                    raise of_response(response.status, response.read(), response.headers.get("Retry-After"))
            except (ConnectionFailedError, UnavailableError, RateLimitError) as error:
                if isinstance(error, ConnectionFailedError) and not error.never_sent:
                    raise
                wait = error.retry_after if error.retry_after is not None else 0.2 * 2**attempt
                if attempt == self.retries or wait > min(_LONGEST_WAIT_S, self.timeout):
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: Optional[bytes], kind: Optional[str]) -> tuple[_Connection, http.client.HTTPResponse]:
        headers = {"Accept": "*/*"}
        if kind is not None:
            headers["Content-Type"] = kind
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key}"
        if self._secure:
            connection: _Connection = _SecureConnection(self._host, self._port, timeout=self.timeout, context=ssl.create_default_context())
        else:
            connection = _PlainConnection(self._host, self._port, timeout=self.timeout)
        try:
            connection.connect()
        except socket.timeout as error:
            connection.close()
            raise self._late("The server cannot be reached") from error
        except OSError as error:
            connection.close()
            failure = ConnectionFailedError("The server cannot be reached", f"{self.base_url}: {error}")
            failure.never_sent = True
            raise failure from error
        try:
            try:
                connection.request(method, self._prefix + path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server answered before it read all: its answer says why.
            return connection, connection.getresponse()
        except socket.timeout as error:
            connection.close()
            raise self._late("The server did not answer") from error
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise ConnectionFailedError("The server did not answer", f"{self.base_url}: {error or type(error).__name__}") from error

    def _late(self, message: str) -> RequestTimeoutError:
        return RequestTimeoutError(message, f"{self.base_url}: nothing came for {self.timeout} s")


class _Closing:
    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()  # type: ignore[attr-defined]


class _PlainConnection(_Closing, http.client.HTTPConnection):
    pass


class _SecureConnection(_Closing, http.client.HTTPSConnection):
    pass


_Connection = _PlainConnection
"""Either of the two; they differ only in how they connect."""


def _voice(fields: dict) -> Voice:
    return Voice(fields["id"], fields["seconds"], fields["transcript"], fields["origin"], fields.get("language"))


__all__ = ["LightTTSClient", "Voice"]
