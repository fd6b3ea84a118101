"""Stage 15: writes a checkpoint folder in the reference's layout.

    python -m voice_lab.export [FOLDER]      default: voice/ in the work folder; demo/voice is replaced by hand, after judging

Takes finished stages where there are any, else the running average in their checkpoints, so that a first voice can be
exported while training goes on. Weights are stored in float16.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import safetensors.torch
import torch
from onnx import TensorProto, helper, numpy_helper

from . import codes, corpus, features, head, paths, prompts, scale, shipped, text_tokenizer
from .encode import load_encoder
from .flow import GUIDANCE, Flow, FlowSizes
from .language_model import LanguageModel, LanguageModelSizes
from .speech_tokenizer import ExportedTokenizer, SpeechEncoder
from .train_speaker import fbank, load_net
from .vocoder import Vocoder, VocoderSizes

SAMPLING = {"top_p": 0.8, "top_k": 25, "win_size": 10, "tau_r": 1.0}
"""A code stands as often as its phone is long: only one that stood ten times is drawn from all codes, as the reference does with the odd repeat."""

TAKEN = 0.3
"""How far the language model goes towards what a further round made of it. All the way its Mandarin grew worse, halfway lengths did
(weights of two runs from one start may be averaged: Wortsman et al. 2022)."""


def weights_of(name: str, part: str) -> tuple[dict[str, torch.Tensor], str]:
    """State dict of a stage, or of the stage that tuned it, and where it comes from."""
    if any((paths.MODELS / f"{name}_tuned{suffix}").exists() for suffix in (".pt", ".ckpt")):
        state, origin = weights_of(f"{name}_tuned", part)
        return state, f"{origin} (tuned)"
    final, running = paths.MODELS / f"{name}.pt", paths.MODELS / f"{name}.ckpt"
    if final.exists():
        return torch.load(final, weights_only=True), "finished"
    state = torch.load(running, weights_only=False)
    return state["parts"][part], f"step {state['step']} of {state['steps']}"


def load_models() -> tuple[LanguageModel, Flow, Vocoder, dict[str, str]]:
    """The three models in float32 with their training state in words. The head is not yet scaled."""
    origin = {}
    llm, flow, hift = LanguageModel(LanguageModelSizes(vocab_size=text_tokenizer.rows())), Flow(FlowSizes()), Vocoder(VocoderSizes())
    state, origin["llm"] = weights_of("language_model", "average")
    if scale.current().onward:
        before = torch.load(paths.MODELS / "language_model.pt", weights_only=True)
        state = {key: torch.lerp(before[key], value, TAKEN) for key, value in state.items()}
    llm.load_state_dict(state)
    state, origin["flow"] = weights_of("flow", "average")
    flow.load_state_dict(state)
    state, origin["hift"] = weights_of("vocoder", "vocoder")
    hift.load_state_dict(state)
    return llm.eval(), flow.eval(), hift.eval(), origin


def _halves(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    made: dict[int, torch.Tensor] = {}
    return {k: made.setdefault(v.data_ptr(), v.detach().half().contiguous()) for k, v in state.items()}


def _half_initializers(path: Path) -> None:
    """Stores the large float constants of an ONNX file as float16 behind a Cast each."""
    model = onnx.load(path)
    casts = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type == TensorProto.FLOAT and len(tensor.raw_data) > 512:
            small = numpy_helper.from_array(numpy_helper.to_array(tensor).astype("float16"), tensor.name + "_half")
            model.graph.initializer.remove(tensor)
            model.graph.initializer.append(small)
            casts.append(helper.make_node("Cast", [small.name], [tensor.name], to=TensorProto.FLOAT))
    for k, node in enumerate(casts):
        model.graph.node.insert(k, node)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def export_tokenizer(encoder: SpeechEncoder, path: Path) -> None:
    """Names and types as the reference's; weights in float16."""
    torch.onnx.export(ExportedTokenizer(encoder).eval(), (torch.zeros(1, 128, 200), torch.tensor([200], dtype=torch.int32)), str(path),
                      dynamo=False, opset_version=17, input_names=["feats", "feats_length"], output_names=["indices"],
                      dynamic_axes={"feats": {2: "frames"}, "indices": {1: "tokens"}})
    _half_initializers(path)


def export_onnx(folder: Path) -> None:
    """`speech_tokenizer_v2.onnx` and `campplus.onnx`, names and types as the reference's."""
    if scale.current().onward:
        for name in (shipped.TOKENIZER, shipped.SPEAKER):
            shutil.copyfile(paths.VOICE / name, folder / name)
        return
    export_tokenizer(load_encoder(), folder / "speech_tokenizer_v2.onnx")
    target = folder / "campplus.onnx"
    torch.onnx.export(load_net(), (torch.zeros(1, 200, 80),), str(target), dynamo=False, opset_version=17, input_names=["input"],
                      output_names=["output"], dynamic_axes={"input": {0: "batch", 1: "frames"}, "output": {0: "batch"}})
    _half_initializers(target)


def export_text(folder: Path, sizes: LanguageModelSizes) -> None:
    """`CosyVoice-BlankEN/`: tokenizer, Qwen2 configuration, and a token weights file (`llm.pt` holds the weights)."""
    text_tokenizer.copy_to(folder)
    first = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    config = {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": first, "eos_token_id": first + 2,
              "hidden_act": "silu", "hidden_size": sizes.hidden_size, "initializer_range": 0.02, "intermediate_size": sizes.intermediate_size,
              "max_position_embeddings": 4096, "max_window_layers": sizes.layers, "model_type": "qwen2", "num_attention_heads": sizes.heads,
              "num_hidden_layers": sizes.layers, "num_key_value_heads": sizes.kv_heads, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
              "sliding_window": 4096, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "transformers_version": "4.40.1",
              "use_cache": True, "use_sliding_window": False, "vocab_size": sizes.vocab_size}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {"bos_token_id": first, "pad_token_id": first, "eos_token_id": [first + 2, first], "do_sample": True,
                  "transformers_version": "4.40.1"}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    safetensors.torch.save_file({"model.norm.weight": torch.ones(sizes.hidden_size, dtype=torch.bfloat16)}, folder / "model.safetensors",
                                metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)


def export_voices(folder: Path) -> None:
    """`prompts/`, `spk2info.pt` (each named voice as a full zero-shot entry) and `voices.json`, which describes them."""
    net, tokenizer, info = load_net(), text_tokenizer.load(), {}
    for voice, (pcm, phones) in prompts.write(folder / "prompts").items():
        u = corpus.Utterance(voice, prompts.PROMPTS[voice].text, "prompt", pcm, phones)
        wave = torch.from_numpy(u.low)
        with torch.no_grad():
            code = torch.from_numpy(codes.of(u))[None].to(torch.int32)
            mel = features.mel_spectrogram(torch.from_numpy(u.wave)[None]).transpose(1, 2)
            embedding = net(fbank(wave)[None])
        count = min(code.shape[1], mel.shape[1] // 2)
        text = text_tokenizer.ids(tokenizer, u.text)[None].to(torch.int32)
        entry = {"prompt_text": text, "llm_prompt_speech_token": code[:, :count], "flow_prompt_speech_token": code[:, :count],
                 "prompt_speech_feat": mel[:, : 2 * count].half().contiguous()}
        entry |= {f"{key}_len": torch.tensor([value.shape[1]], dtype=torch.int32) for key, value in list(entry.items())}
        info[voice] = entry | {"llm_embedding": embedding, "flow_embedding": embedding.clone()}
    torch.save(info, folder / "spk2info.pt")
    facts = {voice: {"language": prompt.language, "gender": prompt.gender, "description": prompt.description} | ({"aliases": prompt.aliases} if prompt.aliases else {})
             for voice, prompt in prompts.PROMPTS.items()}
    (folder / "voices.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")


def yaml_text(llm: LanguageModelSizes, flow: FlowSizes, hift: VocoderSizes) -> str:
    """`cosyvoice2.yaml` with this voice's numbers."""
    template = (paths.TRAINING / "voice_lab" / "cosyvoice2.template.yaml").read_text("utf-8")
    values = {"hidden": llm.hidden_size, "codes": codes.CODES, **SAMPLING, "guidance": GUIDANCE, "width": flow.width, "heads": flow.attention_heads,
              "linear_units": flow.linear_units, "num_blocks": flow.num_blocks, "channels": flow.channels,
              "head_dim": flow.attention_head_dim, "n_blocks": flow.n_blocks, "mid": flow.num_mid_blocks, "num_heads": flow.num_heads,
              "base": hift.base_channels, "kernels": hift.resblock_kernel_sizes, "dilations": hift.resblock_dilation_sizes,
              "source_kernels": hift.source_resblock_kernel_sizes, "source_dilations": hift.source_resblock_dilation_sizes,
              "f0": hift.f0_channels}
    for name, value in values.items():
        template = template.replace(f"@{name}@", str(value))
    if "@" in template:
        raise ValueError("a number is missing in the yaml")
    return template


def export_alignment(folder: Path) -> None:
    """`alignment.json`: the attention head that tells when words are said, found by the checkout's own command. None where no head does."""
    (folder / "alignment.json").unlink(missing_ok=True)
    command = ["node", str(paths.TRAINING.parents[1] / "light-tts.mjs"), "align", str(folder)]
    if subprocess.run(command, check=False).returncode != 0:
        print("without alignment.json: times of words will be estimates", flush=True)


def main(folder: Path = paths.PREVIEW) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    llm, flow, hift, origin = load_models()
    for name, weights in (("llm", head.sharpened(llm.state_dict(), head.TEMPERATURE)), ("flow", flow.state_dict()), ("hift", hift.state_dict())):
        torch.save(_halves(weights), folder / f"{name}.pt")
    export_onnx(folder)
    export_text(folder / "CosyVoice-BlankEN", llm.sizes)
    export_voices(folder)
    (folder / "cosyvoice2.yaml").write_text(yaml_text(llm.sizes, flow.sizes, hift.sizes), "utf-8")
    export_alignment(folder)
    (folder / "training-state.json").write_text(json.dumps(origin | {"round": scale.round_number(), "temperature": head.TEMPERATURE}, indent=2) + "\n")
    (paths.WORK / "exported").write_text(f"{folder}\n")
    total = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    print(f"exported {total / 2**20:.1f} MiB: {origin}", flush=True)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
