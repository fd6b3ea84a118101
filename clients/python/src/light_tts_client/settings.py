"""What a client is made with, whichever way it waits."""

from __future__ import annotations

from typing import Optional

from .fields import parse_address


class ClientSettings:
    """Where the server is, how long to wait for it, how often to ask again, and by which key."""

    def __init__(
        self,
        base_url: str = "http://localhost:8080",
        timeout: float = 30.0,
        *,
        api_key: Optional[str] = None,
        retries: int = 2,
    ) -> None:
        self._address = parse_address(base_url)
        self.base_url = self._address.url
        self.timeout = timeout
        self.retries = retries
        self._api_key = api_key

    def _headers(self, kind: Optional[str]) -> dict[str, str]:
        """Of a request with a body of this content type, or without one."""
        headers = {} if kind is None else {"Content-Type": kind}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key}"
        return headers
