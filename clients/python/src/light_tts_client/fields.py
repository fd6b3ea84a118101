"""What requests say, whichever client sends them: addresses, forms, the first message of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlsplit

from .multipart import Audio, audio_bytes, encode_form

SPEECH = "/inference_zero_shot"
CONVERSION = "/v1/audio/convert"
SESSION = "/inference_zero_shot_bistream"


@dataclass(frozen=True)
class Address:
    """Where a server is: ``http://localhost:8080``, ``localhost:8080`` or ``https://host/prefix``."""

    url: str
    secure: bool
    host: str
    port: int
    prefix: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def session_url(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self.host_header}{self.prefix}{SESSION}"


def parse_address(base_url: str) -> Address:
    """Raises ``ValueError`` for what is no address of a server."""
    parts = urlsplit(base_url if "://" in base_url else f"http://{base_url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected a base_url such as http://localhost:8080, got {base_url!r}")
    secure = parts.scheme == "https"
    return Address(base_url.rstrip("/"), secure, parts.hostname, parts.port or (443 if secure else 80), parts.path.rstrip("/"))


@dataclass(frozen=True)
class Voice:
    """A voice that the server keeps."""

    id: str
    seconds: float
    transcript: str
    origin: str
    language: Optional[str] = None
    gender: Optional[str] = None
    description: Optional[str] = None
    aliases: tuple[str, ...] = ()
    """Further names of a voice of the model."""


def voice_of(fields: dict) -> Voice:
    return Voice(
        fields["id"], fields["seconds"], fields["transcript"], fields["origin"], fields.get("language"),
        fields.get("gender"), fields.get("description"), tuple(fields.get("aliases", ())),
    )


def speech_form(text: str, prompt_text: Optional[str], audio: Optional[Audio], stream: bool, options: dict) -> tuple[bytes, str]:
    options = dict(options)
    options["tts_model_name"] = options.pop("model", None)
    recordings = {} if audio is None else {"prompt_wav": audio_bytes(audio)}
    return encode_form({"tts_text": text, "prompt_text": prompt_text, "stream": stream, **options}, recordings)


def conversion_form(source: Audio, audio: Optional[Audio], stream: bool, options: dict) -> tuple[bytes, str]:
    recordings = {"source_wav": audio_bytes(source)}
    if audio is not None:
        recordings["prompt_wav"] = audio_bytes(audio)
    return encode_form({"stream": stream, **options}, recordings)


def voice_form(id: str, audio: Audio, prompt_text: str, options: dict) -> tuple[bytes, str]:
    return encode_form({"id": id, "prompt_text": prompt_text, **options}, {"prompt_wav": audio_bytes(audio)})


def first_message(options: dict) -> dict:
    """The first message of a session: what is None is left out."""
    options = dict(options)
    options["tts_model_name"] = options.pop("model", None) or "default"
    return {name: value for name, value in options.items() if value is not None}


def checked(options: dict, known: tuple[str, ...]) -> dict:
    """A copy. Raises ``TypeError`` for a name that is not known."""
    for name in options:
        if name not in known:
            raise TypeError(f"expected only {', '.join(known)}, got {name!r}")
    return dict(options)
