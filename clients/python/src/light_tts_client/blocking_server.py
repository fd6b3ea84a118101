"""Requests of ``LightTTSClient``: what is sent again, and refusals as errors."""

from __future__ import annotations

import json
import time
from typing import Optional

from .blocking_http import Answer, send
from .errors import LightTTSError, of_response, wait_before
from .settings import ClientSettings


class BlockingServer(ClientSettings):
    """A server whose answers are waited for. Safe to use from several threads: every request has its own connection."""

    def _json(self, method: str, path: str, body: Optional[bytes] = None, kind: Optional[str] = None) -> dict:
        return json.loads(self._request(method, path, body, kind).read())

    def _request(
        self, method: str, path: str, body: Optional[bytes] = None, kind: Optional[str] = None,
        headers: Optional[dict] = None, also: Optional[int] = None,
    ) -> Answer:
        """An answer that is no refusal (``also``: a status that is none here). Tries again where that costs nothing twice: it was refused, or never sent."""
        for attempt in range(self.retries + 1):
            try:
                answer = self._once(method, path, body, kind, headers)
                if answer.status < 400 or answer.status == also:
                    return answer
                raise of_response(answer.status, answer.read(), answer.headers.get("retry-after"))
            except LightTTSError as error:
                wait = wait_before(error, attempt, self.timeout)
                if wait is None or attempt == self.retries:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _once(
        self, method: str, path: str, body: Optional[bytes], kind: Optional[str], headers: Optional[dict] = None
    ) -> Answer:
        return send(self._address, self.timeout, method, path, {**self._headers(kind), **(headers or {})}, body)


__all__ = ["BlockingServer"]
