"""A live session over the WebSocket: text in pieces, audio as it is made."""

from __future__ import annotations

import json
from typing import Iterator, Optional

from .errors import ConnectionFailedError, IncompleteAudioError, RequestTimeoutError, of_response, of_status


class Session:
    """Send text from one place, iterate over audio in another (two threads may share a session).

    >>> with client.session(voice="rms") as session:                   # doctest: +SKIP
    ...     session.send("Hello, ")
    ...     session.send("world.", finish=True)
    ...     for pcm in session:
    ...         play(pcm)
    """

    def __init__(self, socket, timeout: float) -> None:
        self._socket = socket
        self._timeout = timeout
        self._said: dict = {}

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
        """The next piece of audio, 16-bit PCM; None after the last. Raises a ``LightTTSError``."""
        from websockets.exceptions import ConnectionClosed

        while True:
            try:
                message = self._socket.recv(self._timeout if timeout is None else timeout)
            except TimeoutError as error:
                raise RequestTimeoutError("The server said nothing", f"for {self._timeout if timeout is None else timeout} s") from error
            except ConnectionClosed as error:
                close = error.rcvd
                if close is not None and close.code == 1000 and not self._said:
                    return None
                if close is None:
                    raise IncompleteAudioError("The audio broke off", "the connection was lost") from error
                fields = self._said
                raise of_status(close.code)(
                    fields.get("message", close.reason or "The session was closed"), fields.get("detail", ""),
                    fields.get("error_code", ""), close.code,
                ) from error
            if isinstance(message, bytes):
                return message
            fields = json.loads(message)
            if "error_code" in fields:
                self._said = fields

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


def connect(base_url: str, options: dict, recording: Optional[bytes], timeout: float, api_key: Optional[str]) -> Session:
    """Opens a session and says which voice speaks."""
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.sync.client import connect as open_socket

    address = base_url.replace("http", "ws", 1) + "/inference_zero_shot_bistream"
    headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
    try:
        socket = open_socket(address, open_timeout=timeout, max_size=None, additional_headers=headers)
    except InvalidStatus as error:
        response = error.response
        raise of_response(response.status_code, response.body or b"", response.headers.get("Retry-After")) from error
    except TimeoutError as error:
        raise RequestTimeoutError("The server did not answer", f"{base_url}: nothing came for {timeout} s") from error
    except (OSError, WebSocketException) as error:
        raise ConnectionFailedError("The server cannot be reached", f"{base_url}: {error}") from error
    session = Session(socket, timeout)
    session._tell(options)
    if recording is not None:
        socket.send(recording)
    return session


__all__ = ["Session", "connect"]
