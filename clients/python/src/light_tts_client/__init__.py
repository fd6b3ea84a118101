"""Client of light-tts: text and a voice in, speech out.

>>> from light_tts_client import LightTTSClient
>>> client = LightTTSClient("http://localhost:8080", timeout=30)
>>> audio = client.synthesize("Good morning.", voice="rms")            # doctest: +SKIP
"""

from .async_client import AsyncLightTTSClient
from .async_session import AsyncSession
from .client import LightTTSClient
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
from .fields import Voice
from .session import Session
from .timed import TimedSpeech, TimedText

__all__ = [
    "AsyncLightTTSClient",
    "AsyncSession",
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
    "TimedSpeech",
    "TimedText",
    "UnavailableError",
    "Voice",
]
