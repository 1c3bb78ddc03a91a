"""Where the recorded outputs of the reference implementations are, and how they are read: numpy alone."""
import json
import math
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "fixtures"
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?"}


def folder():
    """The one that was named on the command line, or that of this repository."""
    return sys.argv[1] if len(sys.argv) > 1 else str(FOLDER)


def load_file(path):
    """The tensors of a safetensors file by name: a length, a header in JSON, then the numbers."""
    data = Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)

    def tensor(entry):
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(data[start + begin:start + end], TYPES[entry["dtype"]])
        return numbers.reshape(entry["shape"]).copy()

    return {name: tensor(entry) for name, entry in header.items()}


erf = np.vectorize(math.erf, otypes=[np.float64])
