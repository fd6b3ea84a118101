"""Client of light-tts: text and a voice in, speech out.

>>> from light_tts_client import LightTTSClient
>>> client = LightTTSClient("http://localhost:8080", timeout=30)
>>> audio = client.synthesize("Good morning.", voice="rms")            # doctest: +SKIP
"""

from .client import LightTTSClient, Voice
from .errors import (
    AuthenticationError,
    ConnectionFailedError,
    IncompleteAudioError,
    InvalidRequestError,
    LightTTSError,
    NotFoundError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    UnavailableError,
)
from .session import Session

__all__ = [
    "AuthenticationError",
    "ConnectionFailedError",
    "IncompleteAudioError",
    "InvalidRequestError",
    "LightTTSClient",
    "LightTTSError",
    "NotFoundError",
    "RateLimitError",
    "RequestTimeoutError",
    "ServerError",
    "Session",
    "UnavailableError",
    "Voice",
]
