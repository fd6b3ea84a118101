"""What can go wrong, as types. The server's own words are kept: ``message``, ``detail`` and the stable ``code``."""

from __future__ import annotations

import json
from typing import Optional


class LightTTSError(Exception):
    """Any failure of a request.

    ``status`` is the HTTP status or WebSocket close code (0 where there was no answer), ``code`` the server's
    ``error_code``, ``retry_after`` the seconds after which the server takes the request again, where it said so.
    """

    def __init__(self, message: str, detail: str = "", code: str = "", status: int = 0, retry_after: Optional[float] = None):
        super().__init__(f"{message}: {detail}" if detail else message)
        self.message = message
        self.detail = detail
        self.code = code
        self.status = status
        self.retry_after = retry_after


class InvalidRequestError(LightTTSError):
    """The request is wrong; sending it again will not help."""


class AuthenticationError(LightTTSError):
    """The API key is missing or unknown."""


class NotFoundError(LightTTSError):
    """No such model or voice."""


class RateLimitError(LightTTSError):
    """Too many requests from this address; see ``retry_after``."""


class UnavailableError(LightTTSError):
    """The server is loading, overloaded or stopping; see ``retry_after``."""


class ServerError(LightTTSError):
    """The server failed."""


class ConnectionFailedError(LightTTSError):
    """The server could not be reached, or the connection broke before an answer."""

    never_sent = False
    """Whether the request is sure not to have reached the server."""


class RequestTimeoutError(LightTTSError):
    """Nothing came in time. Audio that came before is not the whole. The server may be at work on the request."""


class IncompleteAudioError(LightTTSError):
    """The audio broke off: what came before is not the whole."""


_LONGEST_WAIT_S = 30.0


def wait_before(error: LightTTSError, attempt: int, timeout: float) -> Optional[float]:
    """Seconds before another try; None where it would not help, or where the server may be at work on the request already."""
    refused = isinstance(error, (UnavailableError, RateLimitError))
    if not refused and not (isinstance(error, ConnectionFailedError) and error.never_sent):
        return None
    wait = error.retry_after if error.retry_after is not None else 0.2 * 2**attempt
    return None if wait > min(_LONGEST_WAIT_S, timeout) else wait


def of_close(close, said: dict) -> Optional[LightTTSError]:
    """What the end of a session means: its close frame, if any, and the error that the server told before it."""
    if close is None:
        return IncompleteAudioError("The audio broke off", "the connection was lost")
    if close.code == 1000 and not said:
        return None
    return of_status(close.code, said.get("error_code", ""))(
        said.get("message", close.reason or "The session was closed"), said.get("detail", ""),
        said.get("error_code", ""), close.code, said.get("retry_after"),
    )


def of_response(status: int, body: bytes, retry_after: Optional[str]) -> LightTTSError:
    """The error that an HTTP answer describes."""
    try:
        fields = json.loads(body)
    except ValueError:
        fields = {}
    if not isinstance(fields, dict):
        fields = {}
    seconds = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
    return of_status(status, str(fields.get("error_code", "")))(
        str(fields.get("message", f"HTTP {status}")),
        str(fields.get("detail", "")),
        str(fields.get("error_code", "")),
        status,
        seconds,
    )


_KINDS = {
    "UNAUTHORIZED": AuthenticationError,
    "NOT_FOUND": NotFoundError,
    "MODEL_NOT_FOUND": NotFoundError,
    "VOICE_NOT_FOUND": NotFoundError,
    "RATE_LIMITED": RateLimitError,
    "OVERLOADED": UnavailableError,
    "DEADLINE_EXCEEDED": UnavailableError,
    "MODEL_NOT_READY": UnavailableError,
    "DRAINING": UnavailableError,
}
"""The same over HTTP and over a socket, whose close codes are fewer than statuses."""


def of_status(status: int, code: str = "") -> type[LightTTSError]:
    """The server's ``error_code``, else HTTP status or WebSocket close code, to error type."""
    if code in _KINDS:
        return _KINDS[code]
    known = {
        401: AuthenticationError,
        403: AuthenticationError,
        404: NotFoundError,
        429: RateLimitError,
        503: UnavailableError,
        1001: UnavailableError,
        1008: InvalidRequestError,
        1009: InvalidRequestError,
        1011: ServerError,
        1013: UnavailableError,
    }
    if status in known:
        return known[status]
    return InvalidRequestError if 400 <= status < 500 else ServerError
