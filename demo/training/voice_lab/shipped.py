"""Stage 0 of a further round: the voice in `demo/voice` as the beginning of the next.

    python -m voice_lab.shipped

Weights come back as float32, the head as it was before the export made it sharper; speech tokenizer and speaker network stay the graphs that they are.
"""

import json
import shutil
from functools import cache

import onnxruntime
import torch

from . import head, loop, paths

TOKENIZER, SPEAKER = "speech_tokenizer_v2.onnx", "campplus.onnx"
TEXT = ("vocab.json", "merges.txt", "tokenizer_config.json")


def state() -> dict:
    """What the export says of the shipped weights."""
    return json.loads((paths.VOICE / "training-state.json").read_text("utf-8"))


@cache
def _session(name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(paths.VOICE / name, options, providers=["CPUExecutionProvider"])


class Tokenizer:
    """As `speech_tokenizer.SpeechEncoder` where only its codes are wanted."""

    def codes(self, log_mel: torch.Tensor) -> torch.Tensor:
        """[1, 128, T] -> [1, ceil(T / 4)]."""
        feeds = {"feats": log_mel.numpy(), "feats_length": torch.tensor([log_mel.shape[2]], dtype=torch.int32).numpy()}
        return torch.from_numpy(_session(TOKENIZER).run(None, feeds)[0]).long()


def embedding(fbank: torch.Tensor) -> torch.Tensor:
    """[1, T, 80] -> [1, 192], as `speaker.SpeakerNet`."""
    return torch.from_numpy(_session(SPEAKER).run(None, {"input": fbank.numpy()})[0])


def weights(name: str) -> dict[str, torch.Tensor]:
    """State dict of `llm`, `flow` or `hift` in float32."""
    return {key: value.float() for key, value in torch.load(paths.VOICE / f"{name}.pt", weights_only=True).items()}


def main() -> None:
    (paths.WORK / "tokenizer").mkdir(parents=True, exist_ok=True)
    for name in TEXT:
        shutil.copyfile(paths.VOICE / "CosyVoice-BlankEN" / name, paths.WORK / "tokenizer" / name)
    loop.save_atomically(head.softened(weights("llm"), state().get("temperature", head.TEMPERATURE)), paths.MODELS / "language_model.pt")
    loop.save_atomically(weights("hift"), paths.MODELS / "vocoder.pt")
    loop.save_atomically(weights("flow"), paths.MODELS / "flow.pt")


if __name__ == "__main__":
    main()
