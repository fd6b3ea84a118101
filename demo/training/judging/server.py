"""Speaks through a running server: HTTP (whole or streaming) and WebSocket with text in pieces."""

import io
import json
import re
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import soundfile


def _multipart(fields: dict[str, str], file: Path) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    body = io.BytesIO()
    for name, value in fields.items():
        body.write(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    body.write(f'--{mark}\r\nContent-Disposition: form-data; name="prompt_wav"; filename="{file.name}"\r\nContent-Type: audio/wav\r\n\r\n'.encode())
    body.write(file.read_bytes() + f"\r\n--{mark}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={mark}"


def _samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / 32768


def _without_header(body: bytes) -> bytes:
    """PCM of a WAV whose length fields may be open."""
    at = body.find(b"data")
    return body[at + 8:] if body[:4] == b"RIFF" else body


def _json(url: str, body: dict) -> bytes:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read()


def normalised(url: str, text: str, voice: str) -> list[str]:
    """What the server will say, one string a segment."""
    return json.loads(_json(f"{url}/v1/text/normalize", {"input": text, "voice": voice}))["segments"]


def stored(url: str, text: str, voice: str, seed: int, rate: int) -> np.ndarray:
    """float32 samples at `rate` from a voice that the server stores."""
    body = {"input": text, "voice": voice, "seed": seed, "response_format": "wav", "sample_rate": rate}
    return _samples(_without_header(_json(f"{url}/v1/audio/speech", body)))


def prompted(url: str, text: str, prompt: Path, fields: dict[str, str], rate: int) -> np.ndarray:
    """float32 samples at `rate` in the voice of a recording, whose text stands beside it."""
    said = prompt.with_suffix(".txt").read_text("utf-8").strip()
    body, kind = _multipart({"tts_text": text, "prompt_text": said, "stream": "false", "response_format": "wav", "sample_rate": str(rate)} | fields, prompt)
    with urllib.request.urlopen(urllib.request.Request(f"{url}/inference_zero_shot", body, {"Content-Type": kind}), timeout=300) as answer:
        return _samples(_without_header(answer.read()))


def over_http(url: str, text: str, prompt: Path, stream: bool, seed: int) -> tuple[np.ndarray, list[int]]:
    fields = {"tts_text": text, "prompt_text": prompt.with_suffix(".txt").read_text("utf-8").strip(), "stream": str(stream).lower(), "seed": str(seed)}
    body, kind = _multipart(fields, prompt)
    request = urllib.request.Request(f"{url}/inference_zero_shot", body, {"Content-Type": kind})
    pieces: list[bytes] = []
    with urllib.request.urlopen(request, timeout=120) as answer:
        while piece := answer.read1(1 << 20):
            pieces.append(piece)
    whole = b"".join(pieces)
    header = len(whole) - len(_without_header(whole))
    joins = ((np.cumsum([len(p) for p in pieces])[:-1] - header) // 2).tolist() if stream else []
    return _samples(_without_header(whole)), joins


def over_websocket(url: str, text: str, prompt: Path) -> tuple[np.ndarray, list[int]]:
    """Two or three words at a time, without a pause."""
    from websockets.sync.client import connect

    address = url.replace("http", "ws", 1) + "/inference_zero_shot_bistream"
    pieces = re.findall(r"\s*\S+(?:\s+\S+){0,2}", text) if text.isascii() else re.findall(r".{1,4}", text)
    chunks: list[bytes] = []
    with connect(address, max_size=None) as socket:
        socket.send(json.dumps({"prompt_text": prompt.with_suffix(".txt").read_text("utf-8").strip(), "tts_model_name": "default"}))
        socket.send(prompt.read_bytes())
        for k, piece in enumerate(pieces):
            socket.send(json.dumps({"tts_text": piece, "finish": k == len(pieces) - 1}))
        for message in socket:
            if isinstance(message, str):
                raise RuntimeError(message)
            chunks.append(message)
    return _samples(b"".join(chunks)), (np.cumsum([len(c) for c in chunks])[:-1] // 2).tolist()


def say(url: str, text: str, voice: str, prompts: Path, stream: bool, pieces: bool, seed: int) -> tuple[np.ndarray, list[int]]:
    prompt = prompts / f"{voice}.wav"
    return over_websocket(url, text, prompt) if pieces else over_http(url, text, prompt, stream, seed)


def save_all(folder: Path, spoken: list) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k, item in enumerate(spoken):
        soundfile.write(folder / f"{item.voice}-{k:03d}.wav", item.wave, 16000, subtype="PCM_16")
