"""VJEPA.md §10 (V-JEPA 2-AC) again in float64 numpy: features, every predictor block, outputs, roll-outs, losses of the first
step, energies and action of the planner. Usage: check_ac.py [folder], tests/fixtures of this repository unless one is named."""
import json, glob, math, sys
import numpy as np
import check_spec as S
from recorded import folder, load_file
D = folder()
f8 = np.float64


def encode(frames, W, c):                      # [B,T,3,H,W] -> [B,T*hw,D], each frame doubled and alone
    B, T = frames.shape[:2]; g = c["size"] // c["patch"]
    x = np.repeat(frames.reshape(B * T, 1, *frames.shape[2:]), 2, 1).transpose(0, 2, 1, 3, 4)
    x = S.patchify(x, W["encoder.patch_embed.proj.weight"], W["encoder.patch_embed.proj.bias"])
    pos = [np.broadcast_to(p, (B * T, g * g)) for p in S.positions(np.arange(g * g)[None], g, g)]
    for i in range(c["depth"]): x = S.block(x, W, f"encoder.blocks.{i}.", c["heads"], pos, "tile")
    x = S.ln(x, W["encoder.norm.weight"], W["encoder.norm.bias"])
    return S.ln(x, eps=1e-5).reshape(B, T * g * g, -1)


def predict(z, actions, states, extr, W, c, keep=None):
    g = c["size"] // c["patch"]; N = g * g; B = z.shape[0]; T = z.shape[1] // N; H = c["predictor_heads"]
    l = lambda x, n: S.lin(x, W[f"predictor.{n}.weight"], W[f"predictor.{n}.bias"])
    cond = [l(actions, "action_encoder"), l(states, "state_encoder")] + ([l(extr, "extrinsics_encoder")] if c["extrinsics"] else [])
    x = np.concatenate([t[:, :, None] for t in cond] + [l(z, "predictor_embed").reshape(B, T, N, -1)], 2)
    K = len(cond); M = K + N; x = x.reshape(B, T * M, -1); hd = x.shape[-1] // H; s = 2 * ((hd // 3) // 2)
    frame = np.repeat(np.arange(T), M).astype(f8)[None]; row = np.zeros((T, M)); col = np.zeros((T, M))
    row[:, K:] = np.arange(N) // g; col[:, K:] = np.arange(N) % g
    is_patch = np.zeros((T, M), bool); is_patch[:, K:] = True; is_patch = is_patch.reshape(-1)
    mask = np.repeat(np.arange(T), M); mask = mask[:, None] >= mask[None]          # a row sees frames up to its own
    def turn(q):
        full = S.rope(q, [np.broadcast_to(p.reshape(1, -1), (B, T * M)) for p in (frame, row, col)], "tile")
        only = q.copy(); only[..., :s] = full[..., :s]                              # conditions turn with time alone
        return np.where(is_patch[None, None, :, None], full, only)
    for i in range(c["predictor_depth"]):
        p = f"predictor.predictor_blocks.{i}."
        w = lambda n: (W[p + n + ".weight"], W[p + n + ".bias"])
        q, k, v = (S.heads(t, H) for t in np.split(S.lin(S.ln(x, *w("norm1")), *w("attn.qkv")), 3, -1))
        a = turn(q) @ turn(k).swapaxes(-1, -2) / math.sqrt(hd); a = S.softmax(np.where(mask, a, -np.inf))
        x = x + S.lin(S.unheads(a @ v), *w("attn.proj"))
        x = x + S.lin(S.gelu(S.lin(S.ln(x, *w("norm2")), *w("mlp.fc1"))), *w("mlp.fc2"))
        if keep is not None: keep[i] = x
    x = x.reshape(B, T, M, -1)[:, :, K:].reshape(B, T * N, -1)
    return l(S.ln(x, W["predictor.predictor_norm.weight"], W["predictor.predictor_norm.bias"]), "predictor_proj")


def check(path):
    j = json.load(open(path)); c = j["config"]; t = {k: v.astype(f8) for k, v in load_file(path[:-5] + ".safetensors").items()}
    W = {k[2:]: v for k, v in t.items() if k.startswith("w/")}; N = j["tokens_per_frame"]; worst = {}
    def cmp(name, mine): worst[name] = float(np.abs(mine - t["out/" + name]).max())
    h = encode(t["in/frames"], W, c); cmp("features", h); T = c["frames"]; e = t.get("in/extrinsics")
    cut = lambda n: e[:, :n] if e is not None else None; keep = {}
    a, s = t["in/actions"], t["in/states"]
    raw = predict(h[:, :-N], a, s[:, :-1], cut(T - 1), W, c, keep); cmp("tf.raw", raw)
    for i, x in keep.items(): cmp(f"tf.block.{i}", x)
    tf = S.ln(raw, eps=1e-5); cmp("tf", tf)
    for steps in (2, 3):
        z = np.concatenate([h[:, :N], tf[:, :N]], 1)
        for n in range(1, steps): z = np.concatenate([z, S.ln(predict(z, a[:, :n + 1], s[:, :n + 1], cut(n + 1), W, c), eps=1e-5)[:, -N:]], 1)
        cmp(f"rollout.{steps}", z[:, N:])
        if steps == 2: roll = np.abs(z[:, N:] - h[:, N:N + z.shape[1] - N]).mean()
    worst["losses"] = max(abs(np.abs(tf - h[:, N:]).mean() - j["log"][0]["teacher_forcing"]), abs(roll - j["log"][0]["rollout"]))
    if j["cem"]:
        m = j["cem"]; k = m["samples"]; ctx, goal = h[:1, :N], encode(t["in/goal"], W, c); cmp("goal_features", goal)
        mean = np.zeros((m["rollout"], 4)); std = np.concatenate([np.full((m["rollout"], 3), m["maxnorm"]), np.ones((m["rollout"], 1))], 1)
        for r in range(m["cem_steps"]):
            z = np.repeat(ctx, k, 0); pose = np.repeat(s[:1, :1], k, 0); acts = np.zeros((k, 0, 7))
            for q in range(m["rollout"]):
                x = t["in/cem.noise"][r, q] * std[q] + mean[q]
                x = np.concatenate([np.clip(x[:, :3], -m["maxnorm"], m["maxnorm"]), np.zeros((k, 3)), np.clip(x[:, 3:], -.75, .75)], 1)[:, None]
                acts = np.concatenate([acts, x], 1)
                z = np.concatenate([z, S.ln(predict(z, acts, pose, None, W, c), eps=1e-5)[:, -N:]], 1)
                last = pose[:, -1:] + x; last[..., 3:6] = pose[:, -1:, 3:6]; last[..., 6:] = np.clip(last[..., 6:], 0, 1)
                pose = np.concatenate([pose, last], 1)
            energy = np.abs(z[:, -N:].reshape(k, -1) - goal.reshape(1, -1)).mean(-1)
            worst["cem.energies"] = max(worst.get("cem.energies", 0), float(np.abs(energy - t["out/cem.energies"][r]).max()))
            best = acts[np.argsort(energy)[: m["topk"]]][..., [0, 1, 2, 6]]
            mean = best.mean(0) * (1 - m["momentum_mean"]) + mean * m["momentum_mean"]; sd = best.std(0, ddof=1)
            std = sd * (1 - m["momentum_std"]) + std * m["momentum_std"]
            if r == 0: first = (mean.copy(), std.copy())
        grip = np.where(np.abs(mean[:, 3:]) < .25, 0, mean[:, 3:])
        cmp("cem.action", np.concatenate([mean[:, :3], np.zeros((m["rollout"], 3)), grip], 1))
    bad = {k: v for k, v in worst.items() if v > 3e-5}
    print(path.split("/")[-1], "worst", max(worst.values()), "FAILED " + str(bad) if bad else "ok")
    return not bad


ok = [check(p) for p in sorted(glob.glob(f"{D}/vjepa2ac_*.json"))]
print(f"{sum(ok)} passed, {len(ok) - sum(ok)} failed"); sys.exit(not ok or not all(ok))
