"""Speaks with an exported checkpoint folder, in PyTorch: the yardstick for what the server makes of the same files."""

from pathlib import Path

import numpy as np
import torch
import yaml

from . import paths, text_tokenizer
from .decoding import Sampling, live, plain
from .flow import Flow, FlowSizes
from .language_model import LanguageModel, LanguageModelSizes
from .vocoder import Vocoder, VocoderSizes

RATE = 24000


def _plain_yaml(path: Path) -> dict:
    """The yaml with its tags ignored."""
    class Loader(yaml.SafeLoader):
        pass

    def any_tag(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("!", any_tag)
    return yaml.load(path.read_text("utf-8"), Loader)


class Voice:
    """An exported folder, loaded. `say` gives float32 samples at 24 kHz."""

    def __init__(self, folder: Path = paths.VOICE):
        self.config = _plain_yaml(folder / "cosyvoice2.yaml")

        def weights(name: str) -> dict[str, torch.Tensor]:
            return {k: v.float() for k, v in torch.load(folder / f"{name}.pt", weights_only=True).items()}

        llm = weights("llm")
        self.llm = LanguageModel(LanguageModelSizes(vocab_size=llm["llm.model.model.embed_tokens.weight"].shape[0])).eval()
        self.llm.load_state_dict(llm)
        self.flow, self.vocoder = Flow(FlowSizes()).eval(), Vocoder(VocoderSizes()).eval()
        self.flow.load_state_dict(weights("flow"))
        self.vocoder.load_state_dict(weights("hift"))
        self.tokenizer = text_tokenizer.load(folder / "CosyVoice-BlankEN")
        self.voices = torch.load(folder / "spk2info.pt", weights_only=True)

    def sampling(self, seed: int, greedy: bool = False) -> Sampling:
        given = self.config["llm"]["sampling"]
        return Sampling(greedy, given["top_p"], given["top_k"], given["win_size"], given["tau_r"], seed)

    def tokens(self, text: str, voice: str | None, sampling: Sampling, pieces: bool = False) -> list[int]:
        """Speech tokens of one sentence."""
        ids = text_tokenizer.ids(self.tokenizer, text)
        prompt = self.voices[voice] if voice else None
        prompt_text = prompt["prompt_text"][0].long() if prompt else torch.zeros(0, dtype=torch.long)
        prompt_speech = prompt["llm_prompt_speech_token"][0].long() if prompt else torch.zeros(0, dtype=torch.long)
        if pieces:
            return live(self.llm, ids.tolist(), prompt_text, prompt_speech, sampling, limit=20 * len(ids))
        return plain(self.llm, ids, prompt_text, prompt_speech, sampling)

    def mel(self, tokens: list[int], voice: str, streaming: bool = False) -> torch.Tensor:
        """[1, 80, 2 T]."""
        prompt, guidance = self.voices[voice], self.config["flow"]["decoder"]["cfm_params"]["content"]["inference_cfg_rate"]
        return self.flow.inference(torch.tensor([tokens]), prompt["flow_prompt_speech_token"].long(), prompt["prompt_speech_feat"].float(),
                                   prompt["flow_embedding"].float(), streaming, guidance=guidance)

    @torch.no_grad()
    def say(self, text: str, voice: str, seed: int = 1, greedy: bool = False, streaming: bool = False, pieces: bool = False) -> np.ndarray:
        """The whole way, text to samples."""
        tokens = self.tokens(text, voice, self.sampling(seed, greedy), pieces)
        if not tokens:
            return np.zeros(RATE // 10, dtype=np.float32)
        torch.manual_seed(seed)
        return self.vocoder(self.mel(tokens, voice, streaming))[0].numpy()
