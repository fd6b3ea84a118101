"""``LightTTSClient.jobs``: long texts that are spoken in the background."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Union

from .blocking_server import BlockingServer
from .errors import LightTTSError
from .jobs import Chapters, Job, Loading, PartFile, Waiting, job_body, job_of, job_path


class Jobs:
    """Create, follow, wait, load the audio, cancel. Every method raises a ``LightTTSError``.

    >>> job = client.jobs.create(chapters=[("One", "It was morning.")], voice="james")     # doctest: +SKIP
    >>> client.jobs.wait(job.id, on_progress=lambda job: print(job.progress))            # doctest: +SKIP
    >>> client.jobs.download(job.id, "book.mp3")                                         # doctest: +SKIP
    """

    def __init__(self, server: BlockingServer) -> None:
        self._server = server

    def create(self, text: Optional[str] = None, *, chapters: Optional[Chapters] = None, **options) -> Job:
        """Returns once the server keeps the job: one text, or chapters of it (pairs of title and text).

        ``options``: title, voice, model, response_format (mp3), sample_rate (24000), speed, seed, instruct, mode, language,
        dictionary, text_format, code_blocks, webhook (``{"url": …, "secret": …}``).
        """
        body = job_body(text, chapters, options)
        return job_of(self._server._json("POST", "/v1/jobs", body, "application/json"))

    def get(self, id: str) -> Job:
        """How far it is."""
        return job_of(self._server._json("GET", job_path(id)))

    def list(self, limit: Optional[int] = None) -> List[Job]:
        """The newest first, at most ``limit`` (1 to 1000; 100 unless given)."""
        query = "" if limit is None else f"?limit={limit}"
        return [job_of(fields) for fields in self._server._json("GET", f"/v1/jobs{query}")["data"]]

    def cancel(self, id: str) -> None:
        """Stops it and removes all of it, its audio too."""
        self._server._request("DELETE", job_path(id)).read()

    def wait(self, id: str, timeout: Optional[float] = None, on_progress: Optional[Callable[[Job], None]] = None) -> Job:
        """The job once its audio is there. Raises ``ServerError`` where it failed, ``RequestTimeoutError`` after ``timeout`` seconds.

        A server that is away, being restarted say, is asked again for as long as the client's timeout.
        """
        waiting = Waiting(timeout, self._server.timeout)
        while True:
            try:
                job = self.get(id)
            except LightTTSError as error:
                waiting.missed(error)
            else:
                if on_progress is not None:
                    on_progress(job)
                if waiting.told(job):
                    return job
            time.sleep(waiting.pause())

    def audio(self, id: str) -> bytes:
        """The whole file of a job that is done."""
        return b"".join(self.audio_stream(id))

    def audio_stream(self, id: str, start: int = 0) -> Iterator[bytes]:
        """Its bytes from ``start`` on. A connection that breaks is made again and goes on at the byte that is missing."""
        return self._load(id, Loading(start, self._server.retries))

    def download(self, id: str, path: Union[str, "os.PathLike[str]"]) -> Path:
        """The audio into a file, which has its name once it is whole and has the server's SHA-256.

        Until then its bytes lie beside it under ``.part``, and another call goes on there.
        """
        file = PartFile(path)
        try:
            loading = Loading(file.size, self._server.retries)
            for piece in self._load(id, loading):
                file.write(piece)
            return file.finish(loading.sha256)
        finally:
            file.close()

    def _load(self, id: str, loading: Loading) -> Iterator[bytes]:
        while True:
            try:
                answer = self._server._request("GET", f"{job_path(id)}/audio", headers=loading.headers(), also=416)
                try:
                    if not loading.answered(answer.status, answer.headers):
                        return
                    for piece in answer.pieces():
                        loading.took(piece)
                        yield piece
                    return
                finally:
                    answer.close()
            except LightTTSError as error:
                pause = loading.broke(error)
            time.sleep(pause)


__all__ = ["Jobs"]
