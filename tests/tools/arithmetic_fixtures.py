#!/usr/bin/env python3
"""Writes tests/fixtures/arithmetic.safetensors: what transformers makes of the tiny folders in tests/fixtures/checkpoints
with a configuration that changes their arithmetic.

    pip install torch transformers safetensors numpy
    python3 tests/tools/arithmetic_fixtures.py

Each case is a folder and some fields of its config.json, kept as JSON in the file's metadata under the name of the case, and
tensors: `NAME.features` of all tokens, `NAME.predicted` of the target from the context's rows of them, and of a classifier
`NAME.logits`. The clip and the masks are those of tests/loading/arithmetic.rs.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import VJEPA2Config, VJEPA2ForVideoClassification, VJEPA2Model

FIXTURES = Path(__file__).parent.parent / "fixtures"
CLASSES = {"hf_vjepa2_tiny": VJEPA2Model, "hf_vjepa2_tiny_cls": VJEPA2ForVideoClassification}

CASES = {
    "default": {},
    "eps": {"layer_norm_eps": 1e-5},
    "large_eps": {"layer_norm_eps": 0.1},
    **{name: {"hidden_act": name} for name in ["gelu_new", "gelu_pytorch_tanh", "quick_gelu", "silu", "swish", "relu"]},
    "eps_and_silu": {"layer_norm_eps": 1e-3, "hidden_act": "silu"},
    "no_qkv_bias": {"qkv_bias": False},
    "one_pooler_layer": {"num_pooler_layers": 1},
    "fewer_layers": {"num_hidden_layers": 2, "pred_num_hidden_layers": 1},
    "dropouts": {"attention_dropout": 0.3, "attention_probs_dropout_prob": 0.3, "drop_path_rate": 0.3},
    "plain_eps": {"folder": "hf_vjepa2_tiny", "layer_norm_eps": 1e-5},
    "plain_silu": {"folder": "hf_vjepa2_tiny", "hidden_act": "silu"},
    "initial_tokens": {"pred_zero_init_mask_tokens": False, "initializer_range": 0.5},
}


def model(changes):
    """With every tensor that it has room for, and none made up."""
    changes = dict(changes)
    name = changes.pop("folder", "hf_vjepa2_tiny_cls")
    folder = FIXTURES / "checkpoints" / name
    found = CLASSES[name](VJEPA2Config(**{**json.loads((folder / "config.json").read_text()), **changes})).eval()
    stored = load_file(folder / "model.safetensors").items()
    found.load_state_dict({key: tensor for key, tensor in stored if key in found.state_dict()}, strict=True)
    return found


@torch.no_grad()
def outputs(changes):
    net = model(changes)
    config = net.config
    shape = (1, 3, config.frames_per_clip, config.crop_size, config.crop_size)
    count = torch.tensor(shape).prod().item()
    video = ((torch.arange(count) * 7919) % 255).float() / 128 - 1
    video = video.reshape(shape).permute(0, 2, 1, 3, 4).contiguous()
    base = getattr(net, "vjepa2", net)
    tokens = torch.arange(base(video, skip_predictor=True).last_hidden_state.shape[1])
    context, target = [tokens[tokens % 3 > 0][None]], [tokens[tokens % 3 == 0][None]]
    whole = base(video, context_mask=context, target_mask=target)
    found = {"features": whole.last_hidden_state[0], "predicted": whole.predictor_output.last_hidden_state[0]}
    return found if base is net else {**found, "logits": net(video).logits[0]}


def main():
    tensors = {}
    for name, changes in CASES.items():
        found = outputs(changes)
        tensors.update({f"{name}.{key}": value.contiguous() for key, value in found.items()})
        default = outputs({key: value for key, value in changes.items() if key == "folder"})
        apart = {key: (value - default[key]).abs().max().item() for key, value in found.items()}
        print(name, *(f"{key} {value:.2e}" for key, value in apart.items()))
    metadata = {name: json.dumps(changes) for name, changes in CASES.items()}
    save_file(tensors, FIXTURES / "arithmetic.safetensors", metadata=metadata)


if __name__ == "__main__":
    main()
