"""A live session over the WebSocket: text in pieces, audio as it is made."""

from __future__ import annotations

import asyncio
import json
from typing import Callable, Iterator, Optional

from .errors import ConnectionFailedError, RequestTimeoutError, of_close, of_response
from .fields import Address


class Incoming:
    """What messages of the server mean: audio for the caller, events for ``on_event``, and why the session ended."""

    def __init__(self, on_event: Optional[Callable[[dict], None]]) -> None:
        self._on_event = on_event
        self._said: dict = {}

    def audio_of(self, message: object) -> Optional[bytes]:
        """None for a message that is no audio."""
        if isinstance(message, bytes):
            return message
        fields = json.loads(message)
        if "error_code" in fields:
            self._said = fields
        elif self._on_event is not None:
            self._on_event(fields)
        return None

    def ended(self, error) -> None:
        """Raises what ended the session (a ``ConnectionClosed``), unless that was its proper end."""
        failure = of_close(error.rcvd, self._said)
        if failure is not None:
            raise failure from error

    @staticmethod
    def late(seconds: float) -> RequestTimeoutError:
        return RequestTimeoutError("The server said nothing", f"for {seconds} s")


class Session:
    """Send text from one place, iterate over audio in another (two threads may share a session).

    >>> with client.session(voice="james") as session:                   # doctest: +SKIP
    ...     session.send("Hello, ")
    ...     session.send("world.", finish=True)
    ...     for pcm in session:
    ...         play(pcm)
    """

    def __init__(self, socket, timeout: float, on_event: Optional[Callable[[dict], None]] = None) -> None:
        self._incoming = Incoming(on_event)
        self._socket = socket
        self._timeout = timeout

    def send(self, text: str, *, finish: bool = False) -> None:
        """More text, cut anywhere. ``finish``: it was the last."""
        self._tell({"tts_text": text, "finish": finish})

    def flush(self) -> None:
        """Speak what is there without waiting for more."""
        self._tell({"flush": True})

    def cancel(self) -> None:
        """Drop what is not spoken yet; the session stays open."""
        self._tell({"cancel": True})

    def finish(self) -> None:
        """No more text comes; the server closes after the last audio."""
        self._tell({"tts_text": "", "finish": True})

    def receive(self, timeout: Optional[float] = None) -> Optional[bytes]:
        """The next piece of audio, 16-bit PCM unless asked otherwise; None after the last. Raises a ``LightTTSError``."""
        from websockets.exceptions import ConnectionClosed

        limit = self._timeout if timeout is None else timeout
        while True:
            try:
                message = self._socket.recv(limit)
            except TimeoutError as error:
                raise self._incoming.late(limit) from error
            except ConnectionClosed as error:
                return self._incoming.ended(error)
            audio = self._incoming.audio_of(message)
            if audio is not None:
                return audio

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self.receive()) is not None:
            yield piece

    def close(self) -> None:
        """Ends the session; speech that is not heard yet is dropped."""
        self._socket.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, message: dict) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            self._socket.send(json.dumps(message))
        except ConnectionClosed:
            # The reason is read with the audio that came before it.
            pass


def connect(
    address: Address,
    options: dict,
    recording: Optional[bytes],
    timeout: float,
    api_key: Optional[str],
    on_event: Optional[Callable[[dict], None]],
) -> Session:
    """Opens a session and says which voice speaks."""
    from websockets.sync.client import connect as open_socket

    headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
    try:
        socket = open_socket(address.session_url, open_timeout=timeout, max_size=None, additional_headers=headers)
    except Exception as error:
        raise refusal_of(error, address.url, timeout) from error
    session = Session(socket, timeout, on_event)
    session._tell(options)
    if recording is not None:
        socket.send(recording)
    return session


def refusal_of(error: Exception, url: str, timeout: float) -> Exception:
    """Why a session could not be opened; what is no failure of the connection stays what it is."""
    from websockets.exceptions import InvalidStatus, WebSocketException

    if isinstance(error, InvalidStatus):
        response = error.response
        return of_response(response.status_code, response.body or b"", response.headers.get("Retry-After"))
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return RequestTimeoutError("The server did not answer", f"{url}: nothing came for {timeout} s")
    if isinstance(error, (OSError, WebSocketException)):
        return ConnectionFailedError("The server cannot be reached", f"{url}: {error}")
    return error


__all__ = ["Incoming", "Session", "connect", "refusal_of"]
