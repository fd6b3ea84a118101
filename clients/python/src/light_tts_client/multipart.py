"""``multipart/form-data`` bodies, and where a reference recording's bytes come from."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import BinaryIO, Mapping, Optional, Union

Audio = Union[str, "os.PathLike[str]", bytes, BinaryIO]
"""A recording: a path, the bytes of a file, or an open binary file."""


def audio_bytes(audio: Audio) -> bytes:
    """The bytes of a recording, read to its end."""
    if isinstance(audio, (bytes, bytearray, memoryview)):
        return bytes(audio)
    if isinstance(audio, (str, os.PathLike)):
        return Path(audio).read_bytes()
    return audio.read()


def encode_form(fields: Mapping[str, Optional[object]], recordings: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Body and content type. Fields that are None are left out; ``recordings`` are WAV files by field."""
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode())
    for name, recording in recordings.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.wav"\r\nContent-Type: audio/wav\r\n\r\n'
        parts += [head.encode(), recording, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"
