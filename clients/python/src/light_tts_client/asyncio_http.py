"""HTTP/1.1 over ``asyncio`` streams, as far as a server's answers need it: one request on each connection."""

from __future__ import annotations

import asyncio
import ssl
from typing import AsyncIterator, Optional

from .errors import ConnectionFailedError, IncompleteAudioError, RequestTimeoutError
from .fields import Address

_PIECE_BYTES = 64 * 1024
_MAX_HEAD_LINES = 200


class Answer:
    """A status, headers by lower-case name, and a body that is read piece by piece."""

    def __init__(self, status: int, headers: dict, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, late) -> None:
        self.status = status
        self.headers = headers
        self._reader = reader
        self._writer = writer
        self._late = late

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. Raises ``IncompleteAudioError`` where it breaks off. The connection closes with its end."""
        try:
            if "chunked" in self.headers.get("transfer-encoding", "").lower():
                while size := int((await self._line()).split(b";")[0], 16):
                    async for piece in self._exactly(size):
                        yield piece
                    await self._line()
                await self._line()
            elif "content-length" in self.headers:
                async for piece in self._exactly(int(self.headers["content-length"])):
                    yield piece
            else:
                while piece := await self._timed(self._reader.read(_PIECE_BYTES)):
                    yield piece
        except (OSError, EOFError, ValueError) as error:
            raise IncompleteAudioError("The audio broke off", str(error)) from error
        finally:
            self.close()

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    def close(self) -> None:
        self._writer.close()

    async def _exactly(self, size: int) -> AsyncIterator[bytes]:
        while size > 0:
            piece = await self._timed(self._reader.read(min(size, _PIECE_BYTES)))
            if not piece:
                raise EOFError(f"{size} bytes are missing")
            size -= len(piece)
            yield piece

    async def _line(self) -> bytes:
        line = await self._timed(self._reader.readline())
        if not line.endswith(b"\n"):
            raise EOFError("the connection was lost")
        return line.strip()

    async def _timed(self, work):
        return await self._late(work, "The audio stopped")


async def send(address: Address, timeout: float, method: str, path: str, headers: dict, body: Optional[bytes]) -> Answer:
    """One request. Raises ``ConnectionFailedError``, with ``never_sent`` where it is sure not to have arrived, and ``RequestTimeoutError``."""

    async def timed(work, message: str):
        try:
            return await asyncio.wait_for(work, timeout)
        except asyncio.TimeoutError as error:
            raise RequestTimeoutError(message, f"{address.url}: nothing came for {timeout} s") from error

    try:
        secure = ssl.create_default_context() if address.secure else None
        opening = asyncio.open_connection(address.host, address.port, ssl=secure)
        reader, writer = await timed(opening, "The server cannot be reached")
    except OSError as error:
        failure = ConnectionFailedError("The server cannot be reached", f"{address.url}: {error}")
        failure.never_sent = True
        raise failure from error
    try:
        fields = {"Host": address.host_header, "Accept": "*/*", "Connection": "close", **headers}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {address.prefix}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            await timed(writer.drain(), "The server took nothing")
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server answered before it read all: its answer says why.
        status, found = await timed(_head(reader), "The server did not answer")
        return Answer(status, found, reader, writer, timed)
    except (OSError, EOFError, ValueError) as error:
        writer.close()
        raise ConnectionFailedError("The server did not answer", f"{address.url}: {error or type(error).__name__}") from error
    except BaseException:
        writer.close()
        raise


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict]:
    while True:
        status = int((await _head_line(reader)).split(" ")[1])
        headers = {}
        for _ in range(_MAX_HEAD_LINES):
            line = await _head_line(reader)
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if status >= 200:
            return status, headers


async def _head_line(reader: asyncio.StreamReader) -> str:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the connection was lost")
    return line.decode("latin-1").strip()


__all__ = ["Answer", "send"]
