"""How sharp the language model's head is: the reference's sampling has no temperature, so it is in the stored weights."""

import torch

TEMPERATURE = 0.5
"""Divides the logits for good, so that sampling stays near the likeliest."""
ROWS = ("llm_decoder.weight", "llm_decoder.bias")


def sharpened(state: dict[str, torch.Tensor], temperature: float) -> dict[str, torch.Tensor]:
    """The language model as it is shipped, of the one that was trained."""
    return state | {key: state[key] / temperature for key in ROWS}


def softened(state: dict[str, torch.Tensor], temperature: float) -> dict[str, torch.Tensor]:
    """What `sharpened` was given."""
    return sharpened(state, 1 / temperature)
