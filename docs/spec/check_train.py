"""VJEPA.md §8.2 again on torch's autograd, without any reference code: takes the three recorded training steps and compares losses,
gradients and parameters. Needs torch. Usage: check_train.py [folder], tests/fixtures of this repository unless one is named."""
import json, math, sys, torch
from recorded import folder, load_file
import torch.nn.functional as F
def heads(x, H): B, N, C = x.shape; return x.view(B, N, H, C // H).transpose(1, 2)
def rope(x, pos):
    d = x.shape[-1]; s = 2 * ((d // 3) // 2); om = 10000 ** (-torch.arange(s // 2, dtype=x.dtype) / (s / 2)); parts = []
    for a, p in enumerate(pos):
        t = p[:, None, :, None].to(x.dtype) * om; c, si = t.cos().repeat(1, 1, 1, 2), t.sin().repeat(1, 1, 1, 2); z = x[..., a * s:(a + 1) * s]
        parts.append(z * c + torch.stack((-z[..., 1::2], z[..., 0::2]), -1).flatten(-2) * si)
    return torch.cat(parts + [x[..., 3 * s:]], -1)
def block(x, W, p, H, pos):
    C = x.shape[-1]; h = F.layer_norm(x, (C,), W[p + "norm1.weight"], W[p + "norm1.bias"], 1e-6)
    q, k, v = (heads(t, H) for t in F.linear(h, W[p + "attn.qkv.weight"], W[p + "attn.qkv.bias"]).chunk(3, -1))
    if pos is not None: q, k = rope(q, pos), rope(k, pos)
    o = ((q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])).softmax(-1) @ v
    x = x + F.linear(o.transpose(1, 2).flatten(2), W[p + "attn.proj.weight"], W[p + "attn.proj.bias"])
    h = F.layer_norm(x, (C,), W[p + "norm2.weight"], W[p + "norm2.bias"], 1e-6)
    return x + F.linear(F.gelu(F.linear(h, W[p + "mlp.fc1.weight"], W[p + "mlp.fc1.bias"])), W[p + "mlp.fc2.weight"], W[p + "mlp.fc2.bias"])
take = lambda x, m: torch.gather(x.expand(m.shape[0], -1, -1), 1, m.long().unsqueeze(-1).expand(-1, -1, x.shape[-1]))
def posn(i, g): i = i.long(); return i // (g * g), i % (g * g) // g, i % g
def enc(x, W, H, g, rp, m=None):
    h = F.conv3d(x, W["patch_embed.proj.weight"], W["patch_embed.proj.bias"], stride=W["patch_embed.proj.weight"].shape[2:]).flatten(2).transpose(1, 2)
    if not rp: h = h + W["pos_embed"]
    ids = torch.arange(h.shape[1])[None] if m is None else m
    if m is not None: h = take(h, m)
    for i in range(2): h = block(h, W, f"blocks.{i}.", H, posn(ids, g) if rp else None)
    return F.layer_norm(h, h.shape[-1:], W["norm.weight"], W["norm.bias"], 1e-6)
def pred(z, W, H, g, rp, c, t, mi):
    a = F.linear(z, W["predictor_embed.weight"], W["predictor_embed.bias"]); b = W[f"mask_tokens.{mi}"].expand(*t.shape, -1)
    if not rp: a, b = a + take(W["predictor_pos_embed"], c), b + take(W["predictor_pos_embed"], t)
    h = block(torch.cat([a, b], 1), W, "predictor_blocks.0.", H, posn(torch.cat([c, t], 1), g) if rp else None)
    return F.linear(F.layer_norm(h, h.shape[-1:], W["predictor_norm.weight"], W["predictor_norm.bias"], 1e-6)[:, c.shape[1]:], W["predictor_proj.weight"], W["predictor_proj.bias"])
bad = 0
for d, n, H in ((folder(), "train_v1_a", 2), (folder(), "train_v2_a", 2)):
    A = {k: torch.from_numpy(v) for k, v in load_file(f"{d}/{n}.safetensors").items()}; J = json.load(open(f"{d}/{n}.json")); rp = "v2" in n
    P = {k: {m[2 + len(k) + 1:]: v.clone() for m, v in A.items() if m.startswith("w/" + k + ".")} for k in ("encoder", "predictor", "target_encoder")}
    for k in ("encoder", "predictor"):
        for m, v in P[k].items(): v.requires_grad_(not m.endswith("pos_embed"))
    g = A["in/video.0"].shape[-1] // 8; st = {}; worst = 0
    for s in range(J["steps"]):
        x = A[f"in/video.{s}"]
        with torch.no_grad(): h = F.layer_norm(enc(x, P["target_encoder"], H, g, rp), (P["encoder"]["norm.bias"].numel(),))
        loss = sum((pred(enc(x, P["encoder"], H, g, rp, A[f"in/ctx.{i}"]), P["predictor"], H, g, rp, A[f"in/ctx.{i}"], A[f"in/tgt.{i}"], 0 if rp else i) - take(h, A[f"in/tgt.{i}"])).abs().mean() for i in range(2)) / 2
        L = J["log"][s]; worst = max(worst, abs(float(loss.detach()) - L["loss"]))
        grads = {(k, m): v for k in ("encoder", "predictor") for m, v in P[k].items() if v.requires_grad}
        gs = dict(zip(grads, torch.autograd.grad(loss, list(grads.values()), allow_unused=True)))
        for (k, m), gr in gs.items():
            if gr is not None: worst = max(worst, abs(float(gr.norm()) - L["grad_l2"][f"{k}.{m}"]))
            else: assert f"{k}.{m}" in L["no_grad"]
            if s == 0 and f"out/grad.{k}.{m}" in A: worst = max(worst, float((gr - A[f"out/grad.{k}.{m}"]).abs().max()))
        if L["clip"]:
            for k in ("encoder", "predictor"):
                tn = torch.sqrt(sum((gr ** 2).sum() for (kk, m), gr in gs.items() if kk == k and gr is not None)); f = min(1.0, L["clip"] / (float(tn) + 1e-6))
                for key in list(gs):
                    if key[0] == k and gs[key] is not None: gs[key] = gs[key] * f
        with torch.no_grad():
            for key, gr in gs.items():
                if gr is None: continue
                p = grads[key]; m1, v1 = st.setdefault(key, [torch.zeros_like(p), torch.zeros_like(p)])
                if not ("bias" in key[1] or p.ndim == 1): p.mul_(1 - J["lr"] * J["weight_decay"])
                m1.mul_(.9).add_(gr, alpha=.1); v1.mul_(.999).addcmul_(gr, gr, value=.001)
                p.sub_(J["lr"] * (m1 / (1 - .9 ** (s + 1))) / ((v1 / (1 - .999 ** (s + 1))).sqrt() + 1e-8))
            for m, t in P["target_encoder"].items(): t.mul_(J["ema_momentum"]).add_(P["encoder"][m], alpha=1 - J["ema_momentum"])
    pw = max(float((P[k.split(".")[1]][".".join(k.split(".")[2:])] - v).abs().max()) for k, v in A.items() if k.startswith("out/after"))
    print(n, f"worst loss/grad diff {worst:.1e}, worst parameter diff after {J['steps']} steps {pw:.1e}"); bad += worst > 2e-5 or pw > 2e-5
print("FAILED" if bad else "all training fixtures reproduced"); sys.exit(bool(bad))
