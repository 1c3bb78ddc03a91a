"""onnxruntime's CPU provider: native.py FOLDER RUNS THREADS, as native.js describes."""

import json
import sys
import time

import numpy as np
import onnxruntime as ort

folder, runs, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = json.load(open(f"{folder}/config.json"))
shape = (1, 3, config["frames_per_clip"], config["crop_size"], config["crop_size"])
video = np.fromfile(f"{folder}/video.f32", "<f4").reshape(shape).transpose(0, 2, 1, 3, 4)
options = ort.SessionOptions()
options.intra_op_num_threads = threads
session = ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
feed = {"pixel_values_videos": np.ascontiguousarray(video)}
features = session.run(None, feed)[0]
ms = []
for _ in range(runs):
    start = time.perf_counter()
    session.run(None, feed)
    ms.append(1000 * (time.perf_counter() - start))
head = features.reshape(-1)[:16].tolist()
print(json.dumps({"engine": f"onnxruntime {ort.__version__}", "ms": ms, "head": head}))
