"""A live session for programs on ``asyncio``."""

from __future__ import annotations

import asyncio
import json
from typing import AsyncIterator, Callable, Optional

from .fields import Address
from .session import Incoming, refusal_of


class AsyncSession:
    """Text goes in piece by piece while audio comes out.

    >>> async with await client.session(voice="james") as session:        # doctest: +SKIP
    ...     await session.send("Hello, world.", finish=True)
    ...     async for pcm in session:
    ...         play(pcm)
    """

    def __init__(self, socket, timeout: float, on_event: Optional[Callable[[dict], None]] = None) -> None:
        self._socket = socket
        self._timeout = timeout
        self._incoming = Incoming(on_event)

    async def send(self, text: str, *, finish: bool = False) -> None:
        """More text, cut anywhere. ``finish``: it was the last."""
        await self._tell({"tts_text": text, "finish": finish})

    async def flush(self) -> None:
        """Speak what is there without waiting for more."""
        await self._tell({"flush": True})

    async def cancel(self) -> None:
        """Drop what is not spoken yet; the session stays open."""
        await self._tell({"cancel": True})

    async def finish(self) -> None:
        """No more text comes; the server closes after the last audio."""
        await self._tell({"tts_text": "", "finish": True})

    async def receive(self, timeout: Optional[float] = None) -> Optional[bytes]:
        """The next piece of audio; None after the last. Raises a ``LightTTSError``."""
        from websockets.exceptions import ConnectionClosed

        limit = self._timeout if timeout is None else timeout
        while True:
            try:
                message = await asyncio.wait_for(self._socket.recv(), limit)
            except asyncio.TimeoutError as error:
                raise self._incoming.late(limit) from error
            except ConnectionClosed as error:
                return self._incoming.ended(error)
            audio = self._incoming.audio_of(message)
            if audio is not None:
                return audio

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self.receive()) is not None:
            yield piece

    async def close(self) -> None:
        """Ends the session; speech that is not heard yet is dropped."""
        await self._socket.close()

    async def __aenter__(self) -> AsyncSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _tell(self, message: dict) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await self._socket.send(json.dumps(message))
        except ConnectionClosed:
            pass  # The reason is read with the audio that came before it.


async def connect(
    address: Address,
    options: dict,
    recording: Optional[bytes],
    timeout: float,
    api_key: Optional[str],
    on_event: Optional[Callable[[dict], None]],
) -> AsyncSession:
    """Opens a session and says which voice speaks."""
    from websockets.asyncio.client import connect as open_socket

    headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
    try:
        socket = await open_socket(address.session_url, open_timeout=timeout, max_size=None, additional_headers=headers)
    except Exception as error:
        raise refusal_of(error, address.url, timeout) from error
    session = AsyncSession(socket, timeout, on_event)
    await session._tell(options)
    if recording is not None:
        await socket.send(recording)
    return session


__all__ = ["AsyncSession", "connect"]
