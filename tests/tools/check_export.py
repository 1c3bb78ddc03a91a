#!/usr/bin/env python3
"""Loads exported folders in transformers and compares what they compute with what vjepa-web computed.

    pip install torch transformers safetensors numpy
    cargo run --no-default-features --features cpu --example export_folder -- FOLDER nano
    python3 tests/tools/check_export.py FOLDER

Both zips are read by Python's zipfile, which checks every checksum. Prints versions and worst absolute differences, and
fails beyond the tolerances: float32 differs by the order of sums, float16 by rounding each weight to 11 bits.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from transformers import VJEPA2Model

TOLERANCES = {"f32": 1e-4, "f16": 2e-2}


def unpack(archive, into):
    """The one folder in the zip."""
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None, "a checksum is wrong"
        file.extractall(into)
    [folder] = Path(into).iterdir()
    return folder


def load(folder, dtype):
    """The model, with every tensor used and none made up; computed in float32 so that only weights are rounded."""
    model, info = VJEPA2Model.from_pretrained(folder, output_loading_info=True)
    problems = {key: value for key, value in info.items() if value}
    assert not problems, problems
    stored = {parameter.dtype for parameter in model.parameters()}
    assert stored == {dtype}, stored
    return model.float().eval()


def check_video_processor(folder, size):
    try:
        from transformers import VJEPA2VideoProcessor

        processor = VJEPA2VideoProcessor.from_pretrained(folder)
    except (ImportError, RuntimeError) as error:
        return f"not checked ({str(error).strip().splitlines()[0]})"
    video = torch.randint(0, 256, (4, 3, 60, 80), dtype=torch.uint8)
    shape = processor(video, return_tensors="pt")["pixel_values_videos"].shape
    assert shape[-2:] == (size, size), shape
    return f"{type(processor).__name__} -> {tuple(shape)}"


def main(folder):
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    expected = load_file(folder / "expected.safetensors")
    masks = {name: [expected[name].long()] for name in ("context", "target")}
    failed = False
    for name, dtype in {"f32": torch.float32, "f16": torch.float16}.items():
        with tempfile.TemporaryDirectory() as into, torch.no_grad():
            unpacked = unpack(folder / f"{name}.zip", into)
            model = load(unpacked, dtype)
            output = model(expected["video"], context_mask=masks["context"], target_mask=masks["target"])
            found = {
                "features": output.last_hidden_state,
                "predicted": output.predictor_output.last_hidden_state,
            }
            for key, value in found.items():
                assert value.shape == expected[key].shape, (value.shape, expected[key].shape)
                worst = (value - expected[key]).abs().max().item()
                scale = expected[key].abs().max().item()
                print(f"{name} {key} {tuple(value.shape)}: worst difference {worst:.2e}, largest value {scale:.2f}")
                failed |= not worst <= TOLERANCES[name]
            print(f"{name} video processor: {check_video_processor(unpacked, model.config.crop_size)}")
    sys.exit("too far apart" if failed else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
