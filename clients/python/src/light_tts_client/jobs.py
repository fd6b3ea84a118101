"""Long texts that a server speaks in the background: what is asked, what is told, how long to wait, files that go on."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, Optional, Sequence, Tuple, Union
from urllib.parse import quote

from .errors import (
    ConnectionFailedError, IncompleteAudioError, InvalidRequestError, LightTTSError, RequestTimeoutError, ServerError,
    UnavailableError,
)
from .fields import checked

Chapters = Sequence[Tuple[str, str]]
"""Titles and texts in order. A title is said only where the text says it."""


@dataclass(frozen=True)
class JobChapter:
    """Where a chapter lies in the audio, in seconds."""

    title: str
    start: float
    end: float


@dataclass(frozen=True)
class Job:
    """A long text and how far it is: ``state`` is queued, running, done or failed, ``progress`` 0 to 1.

    ``parts_done`` of ``parts_total``, about a minute of speech each; ``seconds`` of audio are spoken. ``bytes`` and
    ``chapters`` are there once it is done, ``error_code`` and ``error`` where it failed; at ``expires_at`` it is removed.
    ``webhook_secret``, in the answer to ``create`` only, is what calls of the webhook are signed with.
    """

    id: str
    state: str
    title: str
    model: str
    voice: str
    response_format: str
    sample_rate: int
    characters: int
    progress: float
    parts_done: int
    parts_total: int
    seconds: float
    created_at: datetime
    finished_at: Optional[datetime]
    expires_at: Optional[datetime]
    error_code: Optional[str]
    error: Optional[str]
    bytes: Optional[int]
    chapters: list[JobChapter]
    webhook: Optional[dict]
    webhook_secret: Optional[str]


def job_of(fields: dict) -> Job:
    def date(name: str) -> Optional[datetime]:
        seconds = fields[name]
        return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)

    same = ("id", "state", "title", "model", "voice", "response_format", "sample_rate", "characters", "progress", "seconds", "bytes", "webhook")
    error = fields["error"] or {}
    return Job(
        **{name: fields[name] for name in same},
        parts_done=fields["parts"]["done"], parts_total=fields["parts"]["total"],
        created_at=date("created_at"), finished_at=date("finished_at"), expires_at=date("expires_at"),
        error_code=error.get("error_code"), error=error.get("detail"),
        chapters=[JobChapter(each["title"], each["start"], each["end"]) for each in fields["chapters"]],
        webhook_secret=fields.get("webhook_secret"),
    )


_OPTIONS = (
    "title", "voice", "model", "response_format", "sample_rate", "speed", "seed", "instruct", "mode", "language", "dictionary",
    "text_format", "code_blocks", "webhook",
)


def job_body(text: Optional[str], chapters: Optional[Chapters], options: dict) -> bytes:
    fields = checked(options, _OPTIONS)
    fields["instructions"] = fields.pop("instruct", None)
    fields["input"] = text
    if chapters is not None:
        fields["chapters"] = [{"title": title, "input": words} for title, words in chapters]
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def job_path(id: str) -> str:
    return f"/v1/jobs/{quote(id, safe='')}"


class Waiting:
    """When to ask for a job again, and when to give up. Times are those of ``time.monotonic``."""

    def __init__(self, limit: Optional[float], away: float) -> None:
        """``limit``: seconds for the whole job, None for ever; ``away``: seconds for which the server may be away."""
        self._limit = limit
        self._away = away
        self._until = None if limit is None else time.monotonic() + limit
        self._last_answer = time.monotonic()
        self._pause = 0.25

    def told(self, job: Job) -> bool:
        """Whether it is done. Raises ``ServerError`` where it failed."""
        self._last_answer = time.monotonic()
        if job.state == "failed":
            raise ServerError("The job failed", job.error or "", job.error_code or "")
        return job.state == "done"

    def missed(self, error: LightTTSError) -> None:
        """Raises the error unless a server that is being started again explains it."""
        if not is_away(error) or time.monotonic() - self._last_answer >= self._away:
            raise error

    def pause(self) -> float:
        """Seconds until the next question. Raises ``RequestTimeoutError`` where that is too late."""
        pause = self._pause
        self._pause = min(pause * 1.5, 5.0)
        if self._until is not None and time.monotonic() + pause > self._until:
            raise RequestTimeoutError("The job has not ended", f"expected it within {self._limit} s")
        return pause


def is_away(error: LightTTSError) -> bool:
    return isinstance(error, (ConnectionFailedError, UnavailableError, RequestTimeoutError))


class Loading:
    """The bytes of a job's audio that are still to come, over as many connections as that takes."""

    def __init__(self, start: int, retries: int) -> None:
        self.at = start
        self.sha256: Optional[str] = None
        """Known once the server answered."""
        self._etag: Optional[str] = None
        self._retries = retries
        self._failures = 0

    def headers(self) -> dict:
        if self.at == 0:
            return {}
        return {"Range": f"bytes={self.at}-", **({} if self._etag is None else {"If-Range": self._etag})}

    def answered(self, status: int, headers: dict) -> bool:
        """Whether bytes follow; not where all are here. Raises ``InvalidRequestError`` where they do not go on what is here."""
        etag, whole = headers.get("etag"), headers.get("content-range", "another file")
        changed = self._etag is not None and etag != self._etag
        self._etag = etag
        self.sha256 = None if etag is None else etag.strip('"')
        if not changed and status == (206 if self.at else 200):
            return True
        if not changed and status == 416 and whole == f"bytes */{self.at}":
            return False
        raise InvalidRequestError("The audio cannot be resumed", f"expected the bytes from {self.at} on of the same file, got {whole}", "", status)

    def took(self, piece: bytes) -> None:
        self.at += len(piece)
        self._failures = 0

    def broke(self, error: LightTTSError) -> float:
        """Seconds until the next try. Raises the error where another is of no use."""
        if not (is_away(error) or isinstance(error, IncompleteAudioError)) or self._failures >= self._retries:
            raise error
        self._failures += 1
        return 0.25 * 2**self._failures


class PartFile:
    """A file that has its name once it is whole; until then its bytes lie under ``.part``, where another run goes on."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(self._path.name + ".part")
        self._hash = hashlib.sha256()
        self._file: BinaryIO = open(self._part, "a+b")
        self._file.seek(0)
        while piece := self._file.read(1024 * 1024):
            self._hash.update(piece)
        self.size = self._file.tell()

    def write(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._file.write(piece)

    def close(self) -> None:
        self._file.close()

    def finish(self, sha256: Optional[str]) -> Path:
        """Closes it and gives it its name. Raises ``IncompleteAudioError`` where it is not what the server has."""
        self.close()
        got = self._hash.hexdigest()
        if sha256 is not None and got != sha256:
            self._part.unlink()
            detail = f"expected SHA-256 {sha256}, got {got}; what was loaded is removed, so another call begins anew"
            raise IncompleteAudioError("The audio is damaged", detail)
        os.replace(self._part, self._path)
        return self._path


__all__ = ["Chapters", "Job", "JobChapter", "Loading", "PartFile", "Waiting", "is_away", "job_body", "job_of", "job_path"]
