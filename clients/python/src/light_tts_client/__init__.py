"""Client of light-tts: text and a voice in, speech out.

>>> from light_tts_client import LightTTSClient
>>> client = LightTTSClient("http://localhost:8080", timeout=30)
>>> audio = client.synthesize("Good morning.", voice="james")            # doctest: +SKIP
"""

from .async_client import AsyncLightTTSClient
from .async_jobs import AsyncJobs
from .async_session import AsyncSession
from .blocking_jobs import Jobs
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
from .jobs import Job, JobChapter
from .session import Session
from .timed import TimedSpeech, TimedText

__all__ = [
    "AsyncJobs",
    "AsyncLightTTSClient",
    "AsyncSession",
    "AuthenticationError",
    "ConnectionFailedError",
    "IncompleteAudioError",
    "InvalidRequestError",
    "Job",
    "JobChapter",
    "Jobs",
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
