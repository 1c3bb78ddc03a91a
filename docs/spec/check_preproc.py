"""VJEPA.md §6 again in numpy: both published resizes, centre crops and normalisation, in float and exactly in integers, and the
transform of training. Fails where one differs. Usage: check_preproc.py [folder], tests/fixtures of this repository unless one is named."""
import json, sys, math
import numpy as np
from recorded import folder, load_file
D = folder()
MEAN, STD = np.array([.485, .456, .406]), np.array([.229, .224, .225])
def weights_aa(n, m):                       # triangle filter, PIL/torch antialias
    s = n / m; sup = max(1.0, s); W = np.zeros((m, n))
    for i in range(m):
        c = (i + .5) * s; lo, hi = max(0, int(c - sup + .5)), min(n, int(c + sup + .5))
        x = np.arange(lo, hi); w = np.maximum(0, 1 - np.abs((x - c + .5) / sup)); W[i, lo:hi] = w / w.sum()
    return W
def weights_lin(n, m):                      # half-pixel, no antialias, edge clamp
    W = np.zeros((m, n))
    for i in range(m):
        c = min(max((i + .5) * n / m - .5, 0), n - 1); a = int(c); b = min(a + 1, n - 1); W[i, a] += 1 - (c - a); W[i, b] += c - a
    return W
def resize(x, h, w, f): return np.einsum("ih,jw,thwc->tijc", f(x.shape[1], h), f(x.shape[2], w), x.astype(np.float64))
def short(H, W, s): return (int(s * H / W), s) if W <= H else (s, int(s * W / H))
failed = 0
for d, n in ((D, "preproc_eval_a"),):
    T = load_file(f"{d}/{n}.safetensors"); J = json.load(open(f"{d}/{n}.json"))
    for c in J["cases"]:
        i, crop = c["i"], c["crop"]; k = f"in/{i}.frames_thwc_u8"
        if k not in T: continue
        x = T[k]; _, H, W, _ = x.shape; s = int(crop * 256 / 224); h, w = short(H, W, s)
        un = lambda o: np.rint((o.transpose(0, 2, 3, 1) * STD + MEAN) * 255)
        hf = un(T[f"out/{i}.hf"]); me = un(T[f"out/{i}.meta_eval_cv2"].transpose(1, 0, 2, 3))
        a = np.rint(np.clip(resize(x, h, w, weights_aa), 0, 255)) if (h, w) != (H, W) else x
        t, l = int((h - crop) / 2), int((w - crop) / 2); da = np.abs(a[:, t:t + crop, l:l + crop] - hf)
        b = np.rint(np.clip(resize(x, h, w, weights_lin), 0, 255)) if (h, w) != (H, W) else x
        t, l = int(round((h - crop) / 2)), int(round((w - crop) / 2)); db = np.abs(b[:, t:t + crop, l:l + crop] - me)
        print(f"case {i} {H}x{W}->{h}x{w}->{crop}: HF-antialias max {da.max():.0f} LSB, {100*(da>0).mean():.2f}% off; Meta-cv2 max {db.max():.0f} LSB, {100*(db>0).mean():.2f}% off")
T = load_file(f"{D}/preproc_train_a.safetensors"); J = json.load(open(f"{D}/preproc_train_a.json"))
for c in J["cases"]:
    i, S = c["i"], c["crop"]; y, x, h, w = c["box_top_left_h_w"]; v = T[f"in/{i}.frames_thwc_u8"][:, y:y + h, x:x + w]
    o = resize(v, S, S, weights_lin); o = o[:, :, ::-1] if c["flip"] else o
    worst = float(np.abs(((o - 255 * MEAN) / (255 * STD)).transpose(3, 0, 1, 2) - T[f"out/{i}.train"]).max()); failed += worst > 1e-4
    print("train case", i, "max abs diff", worst)


# ---- bit-exact integer recipes -------------------------------------------------------------------------------------------
def quant16(W):
    p = 0
    while p < 22 and int(0.5 + W.max() * (1 << (p + 1))) < (1 << 15): p += 1
    return np.rint(W * (1 << p)).astype(np.int64), p
def hf_exact(x, h, w):
    """torchvision/ATen uint8 antialias bilinear: horizontal pass, clamp to u8, vertical pass; int16 weights, 2^p scale"""
    (Wx, px), (Wy, py) = quant16(weights_aa(x.shape[2], w)), quant16(weights_aa(x.shape[1], h)); z = x.astype(np.int64)
    if x.shape[2] != w: z = np.clip((np.einsum("jw,thwc->thjc", Wx, z) + (1 << (px - 1))) >> px, 0, 255)
    if x.shape[1] != h: z = np.clip((np.einsum("ih,thjc->tijc", Wy, z) + (1 << (py - 1))) >> py, 0, 255)
    return z
def cv_exact(x, h, w):
    """OpenCV INTER_LINEAR u8: 11-bit coefficients; (((S0>>4)*b0)>>16) + (((S1>>4)*b1)>>16) + 2) >> 2"""
    def tab(n, m):
        i0, i1, a0, a1 = [], [], [], []
        for i in range(m):
            f = np.float32((i + .5) * (n / m) - .5); s = int(math.floor(f)); f = np.float32(f - s)
            if s < 0: s, f = 0, np.float32(0)
            if s >= n - 1: s, f = n - 1, np.float32(0)
            i0.append(s); i1.append(min(s + 1, n - 1)); a0.append(int(np.rint((np.float32(1) - f) * 2048))); a1.append(int(np.rint(f * 2048)))
        return map(np.array, (i0, i1, a0, a1))
    xi0, xi1, xa0, xa1 = tab(x.shape[2], w); yi0, yi1, ya0, ya1 = tab(x.shape[1], h); z = x.astype(np.int64)
    r = z[:, :, xi0] * xa0[:, None] + z[:, :, xi1] * xa1[:, None]
    q = ((((r[:, yi0] >> 4) * ya0[:, None, None]) >> 16) + (((r[:, yi1] >> 4) * ya1[:, None, None]) >> 16) + 2) >> 2
    return np.clip(q, 0, 255)
for d, n in ((D, "preproc_eval_a"),):
    T = load_file(f"{d}/{n}.safetensors"); J = json.load(open(f"{d}/{n}.json"))
    for c in J["cases"]:
        i, crop = c["i"], c["crop"]; k = f"in/{i}.frames_thwc_u8"
        if k not in T: continue
        x = T[k]; _, H, W, _ = x.shape; s = int(crop * 256 / 224); h, w = short(H, W, s)
        un = lambda o: np.rint((o.transpose(0, 2, 3, 1) * STD + MEAN) * 255)
        hf = un(T[f"out/{i}.hf"]); me = un(T[f"out/{i}.meta_eval_cv2"].transpose(1, 0, 2, 3))
        t, l = int((h - crop) / 2), int((w - crop) / 2); a = hf_exact(x, h, w)[:, t:t + crop, l:l + crop]
        norm = ((a / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2)
        t, l = int(round((h - crop) / 2)), int(round((w - crop) / 2)); b = cv_exact(x, h, w)[:, t:t + crop, l:l + crop] if (h, w) != (H, W) else x[:, t:t + crop, l:l + crop]
        print(f"exact case {i}: HF pixels differing {int((a != hf).sum())}, normalised max diff {float(np.abs(norm - T[f'out/{i}.hf']).max()):.1e}; cv2 pixels differing {int((b != me).sum())} max {int(np.abs(b - me).max())}")
        failed += bool((a != hf).any() or (b != me).any())
print("FAILED" if failed else "all preprocessing fixtures reproduced"); sys.exit(bool(failed))
