"""PyTorch's forward passes of V-JEPA 2 encoders, for `vjepa gpu-bench`: python3 - JSON < gpu.py

JSON: {"fixture": a tiny V-JEPA 2 with its features, "models": [{"name", "width", "depth", "heads", "mlp"}], "seconds"}.
Prints JSON lines: {"engine": ..}, then {"model", "precision", "ms"} each, or {"error": a sentence}. Nothing is timed before
the encoder below has computed the fixture's features.
"""

import json
import signal
import statistics
import struct
import sys
import time

START = time.monotonic()
ASKED = json.loads(sys.argv[1])
FRAMES, SIZE, PATCH, TUBELET = 16, 256, 16, 2
# A driver that hangs must not hold up the benchmark.
if hasattr(signal, "alarm"):
    signal.alarm(int(ASKED["seconds"]) + 20)


def say(**line):
    print(json.dumps(line), flush=True)


def left():
    return ASKED["seconds"] - (time.monotonic() - START)


try:
    import torch
    import torch.nn.functional as F
except ImportError:
    say(error="Python has no torch here.")
    sys.exit()
if not torch.cuda.is_available() and not ASKED.get("cpu"):
    say(error=f"torch {torch.__version__} sees no GPU.")
    sys.exit()
DEVICE = "cpu" if ASKED.get("cpu") else "cuda"


class Encoder:
    """V-JEPA 2 (arXiv 2506.09985): pre-norm blocks, 3-D RoPE with its tables tiled, as the released weights need it."""

    def __init__(self, tensors, heads, grid):
        self.tensors, self.heads, self.grid = tensors, heads, grid
        self.depth = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.blocks."))
        width = self["norm.weight"].numel()
        self.cos, self.sin = self.tables(width // heads)

    def __getitem__(self, name):
        return self.tensors["encoder." + name]

    def tables(self, head_dim):
        """Cosines and sines [tokens, 3 * axis]: frame, row, column; what is left of a head does not turn."""
        axis = 2 * (head_dim // 3 // 2)
        frames, rows, columns = self.grid
        places = torch.cartesian_prod(torch.arange(frames), torch.arange(rows), torch.arange(columns))
        rates = 10000 ** -(torch.arange(axis // 2) / (axis / 2))
        angles = torch.cat([(places[:, i, None] * rates).repeat(1, 2) for i in range(3)], 1)
        weight = self["norm.weight"]
        return (table.to(weight.device, weight.dtype) for table in (angles.cos(), angles.sin()))

    def turn(self, x):
        turning = x[..., : self.cos.shape[1]]
        pairs = torch.stack([-turning[..., 1::2], turning[..., ::2]], -1).flatten(-2)
        return torch.cat([turning * self.cos + pairs * self.sin, x[..., self.cos.shape[1] :]], -1)

    def layer(self, name, x):
        return F.linear(x, self[name + ".weight"], self[name + ".bias"])

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self[name + ".weight"], self[name + ".bias"], 1e-6)

    def forward(self, video):
        """Video [1, 3, T, H, W] -> features [N, D]."""
        kernel = self["patch_embed.proj.weight"]
        x = F.conv3d(video, kernel, self["patch_embed.proj.bias"], stride=kernel.shape[2:]).flatten(2).transpose(1, 2)
        for i in range(self.depth):
            block = f"blocks.{i}."
            qkv = self.layer(block + "attn.qkv", self.norm(block + "norm1", x))
            q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(self.turn(q), self.turn(k), v)
            x = x + self.layer(block + "attn.proj", attended.transpose(1, 2).flatten(2))
            hidden = F.gelu(self.layer(block + "mlp.fc1", self.norm(block + "norm2", x)))
            x = x + self.layer(block + "mlp.fc2", hidden)
        return self.norm("norm", x)[0]


def read_fixture(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header, data = json.loads(data[8 : 8 + length]), data[8 + length :]
    config = json.loads(header.pop("__metadata__")["config"])
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32)
        tensors[name] = flat.reshape(info["shape"]).to(DEVICE)
    return config, tensors


def check():
    config, tensors = read_fixture(ASKED["fixture"])
    side = config["size"] // config["patch"]
    encoder = Encoder(tensors, config["heads"], (config["frames"] // config["tubelet"], side, side))
    return (encoder.forward(tensors["in.video"]) - tensors["out.features"]).abs().max().item()


def random_encoder(model, dtype):
    width, mlp = model["width"], model["mlp"]
    shapes = {"norm.weight": [width], "norm.bias": [width], "patch_embed.proj.bias": [width]}
    shapes["patch_embed.proj.weight"] = [width, 3, TUBELET, PATCH, PATCH]
    for i in range(model["depth"]):
        layers = {"attn.qkv": (3 * width, width), "attn.proj": (width, width), "mlp.fc1": (mlp, width), "mlp.fc2": (width, mlp)}
        for name, shape in layers.items():
            shapes[f"blocks.{i}.{name}.weight"], shapes[f"blocks.{i}.{name}.bias"] = shape, shape[:1]
        for name in ("norm1", "norm2"):
            shapes[f"blocks.{i}.{name}.weight"] = shapes[f"blocks.{i}.{name}.bias"] = [width]
    tensors = {f"encoder.{name}": 0.02 * torch.randn(*shape, device=DEVICE, dtype=dtype) for name, shape in shapes.items()}
    return Encoder(tensors, model["heads"], (FRAMES // TUBELET, SIZE // PATCH, SIZE // PATCH))


def median(work):
    """Milliseconds, after one run to warm up; the result is brought to the host, as ours is."""
    work()
    times = []
    begin = time.monotonic()
    while len(times) < 3 or (len(times) < 20 and time.monotonic() - begin < 3):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
        if left() < 0:
            break
    return statistics.median(times)


with torch.inference_mode():
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    worst = check()
    if not worst < 1e-4:
        say(error=f"its encoder differs from the reference by {worst:.1e}: no time of it counts.")
        sys.exit()
    where = torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"
    say(engine=f"PyTorch {torch.__version__} on {where}", worst=worst)
    for model in ASKED["models"]:
        for precision, dtype, tf32 in (
            ("f32", torch.float32, False),
            ("f32 (tensor cores, TF32)", torch.float32, True),
            ("f16", torch.float16, False),
        ):
            if left() < 5:
                say(model=model["name"], precision=precision, ms=None)
                continue
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            encoder = random_encoder(model, dtype)
            video = torch.randn(1, 3, FRAMES, SIZE, SIZE, device=DEVICE, dtype=dtype)
            say(model=model["name"], precision=precision, ms=median(lambda: encoder.forward(video).float().cpu()))
            del encoder
