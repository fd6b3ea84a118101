"""HTTP with the standard library: one request on each connection, whose answer is read piece by piece."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Iterator, Optional

from .errors import ConnectionFailedError, IncompleteAudioError, RequestTimeoutError
from .fields import Address

_PIECE_BYTES = 64 * 1024


class Answer:
    """A status, headers by lower-case name, and a body that is read piece by piece."""

    def __init__(self, response: http.client.HTTPResponse, connection: http.client.HTTPConnection, late: str) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self._response = response
        self._connection = connection
        self._late = late

    def pieces(self) -> Iterator[bytes]:
        """The body. Raises ``IncompleteAudioError`` where it breaks off. The connection closes with its end."""
        try:
            while True:
                try:
                    piece = self._response.read1(_PIECE_BYTES)
                except socket.timeout as error:
                    raise RequestTimeoutError("The audio stopped", self._late) from error
                except (http.client.HTTPException, OSError) as error:
                    raise IncompleteAudioError("The audio broke off", str(error)) from error
                if not piece:
                    break
                yield piece
            if self._response.length:
                raise IncompleteAudioError("The audio broke off", f"{self._response.length} bytes are missing")
        finally:
            self.close()

    def read(self) -> bytes:
        return b"".join(self.pieces())

    def close(self) -> None:
        self._connection.close()


def send(address: Address, timeout: float, method: str, path: str, headers: dict, body: Optional[bytes]) -> Answer:
    """One request. Raises ``ConnectionFailedError``, with ``never_sent`` where it is sure not to have arrived, and ``RequestTimeoutError``."""
    late = f"{address.url}: nothing came for {timeout} s"
    connection = _connection(address, timeout)
    try:
        connection.connect()
    except socket.timeout as error:
        connection.close()
        raise RequestTimeoutError("The server cannot be reached", late) from error
    except OSError as error:
        connection.close()
        failure = ConnectionFailedError("The server cannot be reached", f"{address.url}: {error}")
        failure.never_sent = True
        raise failure from error
    try:
        try:
            connection.request(method, address.prefix + path, body, {"Accept": "*/*", **headers})
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server answered before it read all: its answer says why.
        return Answer(connection.getresponse(), connection, late)
    except socket.timeout as error:
        connection.close()
        raise RequestTimeoutError("The server did not answer", late) from error
    except (http.client.HTTPException, OSError) as error:
        connection.close()
        raise ConnectionFailedError("The server did not answer", f"{address.url}: {error or type(error).__name__}") from error


def _connection(address: Address, timeout: float) -> http.client.HTTPConnection:
    if not address.secure:
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout)
    return http.client.HTTPSConnection(address.host, address.port, timeout=timeout, context=ssl.create_default_context())


__all__ = ["Answer", "send"]
