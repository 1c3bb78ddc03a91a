"""VJEPA.md again in float64 numpy, without any reference code: computes every recorded output of the models and masks and
fails where one differs. Usage: check_spec.py [folder], tests/fixtures of this repository unless one is named."""
import glob, json, math, sys
import numpy as np
from recorded import erf, folder, load_file

D = folder()
f8 = np.float64


def ln(x, w=None, b=None, eps=1e-6):
    m = x.mean(-1, keepdims=True); v = ((x - m) ** 2).mean(-1, keepdims=True)
    y = (x - m) / np.sqrt(v + eps)
    return y if w is None else y * w + b


lin = lambda x, w, b: x @ w.T + b
gelu = lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2)))


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True)); return e / e.sum(-1, keepdims=True)


def attn(q, k, v):                      # [B,H,N,d]
    return softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])) @ v


def heads(x, H):
    B, N, C = x.shape
    return x.reshape(B, N, H, C // H).transpose(0, 2, 1, 3)


unheads = lambda x: x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)


def rope(x, pos, kind):
    """x [B,H,N,d]; pos = (frame,row,col) each [B,N]; kind 'tile' (v2) or 'pair' (v2.1)"""
    d = x.shape[-1]; s = 2 * ((d // 3) // 2)
    om = 10000.0 ** (-np.arange(s // 2) / (s / 2))
    out = x.copy()
    for a, p in enumerate(pos):
        ang = p[:, None, :, None] * om
        c, si = (np.tile(t, 2) if kind == "tile" else np.repeat(t, 2, -1) for t in (np.cos(ang), np.sin(ang)))
        z = x[..., a * s:(a + 1) * s]
        y = np.empty_like(z); y[..., 0::2] = -z[..., 1::2]; y[..., 1::2] = z[..., 0::2]
        out[..., a * s:(a + 1) * s] = z * c + y * si
    return out


def positions(ids, gh, gw, interp=False):
    f, r = ids // (gh * gw), ids % (gh * gw)
    h, w = (r // gw).astype(f8), (r % gw).astype(f8)
    if interp:
        h, w = h * 15 / (gh - 1), w * 15 / (gw - 1)
    return f.astype(f8), h, w


def block(x, W, p, H, pos=None, kind=None):
    h = ln(x, W[p + "norm1.weight"], W[p + "norm1.bias"])
    C = x.shape[-1]
    q, k, v = np.split(lin(h, W[p + "attn.qkv.weight"], W[p + "attn.qkv.bias"]), 3, -1)
    q, k, v = heads(q, H), heads(k, H), heads(v, H)
    if pos is not None:
        q, k = rope(q, pos, kind), rope(k, pos, kind)
    x = x + lin(unheads(attn(q, k, v)), W[p + "attn.proj.weight"], W[p + "attn.proj.bias"])
    h = ln(x, W[p + "norm2.weight"], W[p + "norm2.bias"])
    return x + lin(gelu(lin(h, W[p + "mlp.fc1.weight"], W[p + "mlp.fc1.bias"])), W[p + "mlp.fc2.weight"], W[p + "mlp.fc2.bias"])


def patchify(x, w, b):                  # x [B,C,T,H,W], conv weight [D,C,t,p,p]
    B, C, T, Hh, Ww = x.shape; Dm, _, t, p, _ = w.shape
    g = x.reshape(B, C, T // t, t, Hh // p, p, Ww // p, p).transpose(0, 2, 4, 6, 1, 3, 5, 7).reshape(B, (T // t) * (Hh // p) * (Ww // p), -1)
    return g @ w.reshape(Dm, -1).T + b


take = lambda x, m: np.take_along_axis(x, m[..., None].astype(np.int64), 1)


def sincos3d(dim, g, d, uniform):
    dd, dh = (dim // 2, dim // 4) if not uniform else (2 * math.ceil(dim / 6),) * 2
    def one(n, p):
        a = np.outer(p, 1 / 10000 ** (np.arange(n // 2) / (n / 2.0))); return np.concatenate([np.sin(a), np.cos(a)], 1)
    ids = np.arange(d * g * g)
    return np.concatenate([one(dd, ids // (g * g)), one(dh, ids % (g * g) // g), one(dh, ids % g)], 1)[:, :dim]


def trilinear(pe, src, dst):            # [N,D] -> resized, align_corners=False, no antialias
    D_ = pe.shape[-1]; x = pe.reshape(*src, D_)
    for ax in range(3):
        n, m = src[ax], dst[ax]
        s = np.maximum((np.arange(m) + 0.5) * (n / m) - 0.5, 0)
        i0 = np.floor(s).astype(int); i1 = np.minimum(i0 + 1, n - 1); f = (s - i0)
        sh = [1] * 4; sh[ax] = m; f = f.reshape(sh)
        x = np.take(x, i0, ax) * (1 - f) + np.take(x, i1, ax) * f
    return x.reshape(-1, D_)


R = []


def cmp(name, key, mine, T, tol=3e-5):
    if key not in T:
        return
    d = float(np.abs(mine - T[key].astype(f8)).max()); R.append((name, key, d, d <= tol))


def load(n):
    A = load_file(f"{D}/{n}.safetensors"); J = json.load(open(f"{D}/{n}.json"))
    return {k[2:]: v.astype(f8) for k, v in A.items() if k.startswith("w/")}, {k: v for k, v in A.items() if not k.startswith("w/")}, J


sub = lambda W, p: {k[len(p):]: v for k, v in W.items() if k.startswith(p)}


def fuse(W):                            # HF names -> Meta-like names for one module
    out = {}
    for k, v in W.items():
        k2 = k.replace("attention.query", "attn.q").replace("attention.key", "attn.k").replace("attention.value", "attn.v").replace("attention.proj", "attn.proj")
        out[k2] = v
    for k in [k for k in out if ".attn.q." in k]:
        out[k.replace(".q.", ".qkv.")] = np.concatenate([out[k], out[k.replace(".q.", ".k.")], out[k.replace(".q.", ".v.")]])
    return out


def v2(name):
    W, T, J = load(name); c = J["config"]; W = {k.removeprefix("vjepa2."): v for k, v in W.items()}
    E, P = fuse(sub(W, "encoder.")), fuse(sub(W, "predictor."))
    x = T["in/video"].astype(f8).transpose(0, 2, 1, 3, 4); g = c["crop_size"] // c["patch_size"]
    B = x.shape[0]
    def encode(mask=None):
        h = patchify(x, E["embeddings.patch_embeddings.proj.weight"], E["embeddings.patch_embeddings.proj.bias"])
        ids = np.arange(h.shape[1])[None] if mask is None else mask
        if mask is None: cmp(name, "out/enc.embed", h, T)
        else: h = take(h, mask)
        for i in range(c["num_hidden_layers"]):
            h = block(h, E, f"layer.{i}.", c["num_attention_heads"], positions(ids, g, g), "tile")
            if mask is None: cmp(name, f"out/enc.block.{i}", h, T)
        return ln(h, E["layernorm.weight"], E["layernorm.bias"])
    def predict(ctx_feats, ctx, tgt, mi, tr=False):
        a = lin(ctx_feats, P["embeddings.predictor_embeddings.weight"], P["embeddings.predictor_embeddings.bias"])
        m = np.broadcast_to(P["embeddings.mask_tokens"][mi % c["pred_num_mask_tokens"]].reshape(1, 1, -1), (B, tgt.shape[1], a.shape[-1]))
        h, ids = np.concatenate([a, m], 1), np.concatenate([ctx, tgt], 1)
        o = np.argsort(ids, 1, kind="stable"); h, ids = take(h, o), np.take_along_axis(ids, o, 1)
        for i in range(c["pred_num_hidden_layers"]):
            h = block(h, P, f"layer.{i}.", c["pred_num_attention_heads"], positions(ids, g, g), "tile")
            if tr: cmp(name, f"out/pred.block.{i}.sorted", h, T)
        h = take(ln(h, P["layernorm.weight"], P["layernorm.bias"]), np.argsort(o, 1))
        return lin(h[:, ctx.shape[1]:], P["proj.weight"], P["proj.bias"])
    full = encode(); cmp(name, "out/enc.final", full, T)
    ctx, tgt = T["in/context_mask"], T["in/target_mask"]
    cmp(name, "out/pred.final", predict(take(full, ctx), ctx, tgt, 1, True), T)
    em = encode(ctx); cmp(name, "out/enc_masked.final", em, T)
    cmp(name, "out/pred_on_masked.mask_index0", predict(em, ctx, tgt, 0), T); cmp(name, "out/pred_on_masked.mask_index1", predict(em, ctx, tgt, 1), T)
    if "out/logits" in T:
        h = full; Hn = c["num_attention_heads"]
        for i in range(c["num_pooler_layers"]):
            p = f"pooler.self_attention_layers.{i}."
            y = ln(h, W[p + "layer_norm1.weight"], W[p + "layer_norm1.bias"])
            q, k, v = (heads(lin(y, W[p + f"self_attn.{n}_proj.weight"], W[p + f"self_attn.{n}_proj.bias"]), Hn) for n in "qkv")
            h = h + lin(unheads(attn(q, k, v)), W[p + "self_attn.out_proj.weight"], W[p + "self_attn.out_proj.bias"])
            y = ln(h, W[p + "layer_norm2.weight"], W[p + "layer_norm2.bias"])
            h = h + lin(gelu(lin(y, W[p + "mlp.fc1.weight"], W[p + "mlp.fc1.bias"])), W[p + "mlp.fc2.weight"], W[p + "mlp.fc2.bias"])
            cmp(name, f"out/pool.self.{i}", h, T)
        p = "pooler.cross_attention_layer."
        q0 = np.broadcast_to(W["pooler.query_tokens"], (B, 1, h.shape[-1]))
        y = ln(h, W[p + "layer_norm1.weight"], W[p + "layer_norm1.bias"])
        q = heads(lin(q0, W[p + "cross_attn.q_proj.weight"], W[p + "cross_attn.q_proj.bias"]), Hn)
        k, v = (heads(lin(y, W[p + f"cross_attn.{n}_proj.weight"], W[p + f"cross_attn.{n}_proj.bias"]), Hn) for n in "kv")
        z = q0 + unheads(attn(q, k, v))
        y = ln(z, W[p + "layer_norm2.weight"], W[p + "layer_norm2.bias"])
        z = (z + lin(gelu(lin(y, W[p + "mlp.fc1.weight"], W[p + "mlp.fc1.bias"])), W[p + "mlp.fc2.weight"], W[p + "mlp.fc2.bias"]))[:, 0]
        cmp(name, "out/pool.final", z, T); cmp(name, "out/logits", lin(z, W["classifier.weight"], W["classifier.bias"]), T)


def v1(name):
    W, T, J = load(name); c = J["config"]; E, P = sub(W, "encoder."), sub(W, "predictor."); H = c["num_heads"]
    g, d = c["img_size"] // c["patch_size"], c["num_frames"] // 2; dim = c["embed_dim"]
    cmp(name, "w_pos", 0, {})
    for nm, tab, n in (("encoder.pos_embed", E["pos_embed"][0], dim), ("predictor.predictor_pos_embed", P["predictor_pos_embed"][0], c["predictor_embed_dim"])):
        e = float(np.abs(sincos3d(n, g, d, c["uniform_power"]) - tab).max()); R.append((name, nm, e, e < 1e-6))
    def encode(x, mask=None, tr=False):
        h = patchify(x, E["patch_embed.proj.weight"], E["patch_embed.proj.bias"])
        if tr: cmp(name, "out/enc.patch", h, T)
        _, _, t, hh, ww = x.shape; dst = (t // 2, hh // c["patch_size"], ww // c["patch_size"])
        pe = E["pos_embed"][0] if dst == (d, g, g) else trilinear(E["pos_embed"][0], (d, g, g), dst)
        h = h + pe
        if mask is not None: h = take(h, mask)
        for i in range(c["depth"]):
            h = block(h, E, f"blocks.{i}.", H)
            if tr: cmp(name, f"out/enc.block.{i}", h, T)
        return ln(h, E["norm.weight"], E["norm.bias"]), pe
    x = T["in/video"].astype(f8); full, _ = encode(x, tr=True); cmp(name, "out/enc.final", full, T)
    tl = ln(full, eps=1e-5); loss = 0
    for i in range(c["num_mask_tokens"]):
        ctx, tgt = T[f"in/ctx.{i}"], T[f"in/tgt.{i}"]
        z, _ = encode(x, ctx); cmp(name, f"out/enc_masked.{i}", z, T)
        pp = np.repeat(P["predictor_pos_embed"], x.shape[0], 0)
        h = np.concatenate([lin(z, P["predictor_embed.weight"], P["predictor_embed.bias"]) + take(pp, ctx), P[f"mask_tokens.{i}"] + take(pp, tgt)], 1)
        for b in range(c["predictor_depth"]):
            h = block(h, P, f"predictor_blocks.{b}.", H)
        o = lin(ln(h, P["predictor_norm.weight"], P["predictor_norm.bias"])[:, ctx.shape[1]:], P["predictor_proj.weight"], P["predictor_proj.bias"])
        cmp(name, f"out/pred.{i}", o, T); cmp(name, f"out/target_ln.{i}", take(tl, tgt), T); loss += np.abs(o - take(tl, tgt)).mean()
    e = abs(loss / c["num_mask_tokens"] - J["loss_l1_mean_over_masks"]); R.append((name, "loss", e, e < 1e-5))
    k = 0
    while f"in/video_alt.{k}" in T:
        o, pe = encode(T[f"in/video_alt.{k}"].astype(f8)); cmp(name, f"out/pos_embed_alt.{k}", pe[None], T); cmp(name, f"out/enc_alt.{k}", o, T); k += 1
    if "out/probe.logits" in T:
        A = sub(W, "probe."); p = "pooler.cross_attention_block."
        q0 = np.broadcast_to(A["pooler.query_tokens"], (x.shape[0], 1, dim)); y = ln(full, A[p + "norm1.weight"], A[p + "norm1.bias"], 1e-5)
        q = heads(lin(q0, A[p + "xattn.q.weight"], A[p + "xattn.q.bias"]), H); kv = lin(y, A[p + "xattn.kv.weight"], A[p + "xattn.kv.bias"])
        z = q0 + unheads(attn(q, heads(kv[..., :dim], H), heads(kv[..., dim:], H)))
        y = ln(z, A[p + "norm2.weight"], A[p + "norm2.bias"], 1e-5)
        z = z + lin(gelu(lin(y, A[p + "mlp.fc1.weight"], A[p + "mlp.fc1.bias"])), A[p + "mlp.fc2.weight"], A[p + "mlp.fc2.bias"])
        cmp(name, "out/probe.pooled", z, T); cmp(name, "out/probe.logits", lin(z[:, 0], A["linear.weight"], A["linear.bias"]), T)


def v21(name):
    W, T, J = load(name); c = J["config"]; E, P = sub(W, "encoder."), sub(W, "predictor."); H = c["num_heads"]; ps = c["patch_size"]
    L = c["hierarchical_layers"]; n = c["n_output_distillation"]; used = L if n == 4 else L[-1:]
    def encode(x, mask=None, hier=False, tr=False, levels=None):
        img = x.shape[2] == 1; s = "_img" if img else ""
        h = patchify(x, E[f"patch_embed{s}.proj.weight"], E[f"patch_embed{s}.proj.bias"])
        if tr: cmp(name, "out/enc.patch", h, T)
        h = h + E["img_mod_embed" if img else "video_mod_embed"]
        gh, gw = x.shape[3] // ps, x.shape[4] // ps
        ids = np.arange(h.shape[1])[None] if mask is None else mask
        if mask is not None: h = take(h, mask)
        outs = {}
        for i in range(c["depth"]):
            h = block(h, E, f"blocks.{i}.", H, positions(ids, gh, gw, True), "pair")
            if tr: cmp(name, f"out/enc.block.{i}", h, T)
            if i in L:
                j = L.index(i); outs[i] = ln(h, E[f"norms_block.{j}.weight"], E[f"norms_block.{j}.bias"])
        if levels: return np.stack([outs[i] for i in levels])
        return np.concatenate([outs[i] for i in used], -1) if hier else outs[L[-1]]
    def predict(z, ctx, tgt, mod, mi, interp, tr=False):
        if n == 1: a = lin(z, P["predictor_embed.weight"], P["predictor_embed.bias"])
        else: a = lin(gelu(lin(z, P["predictor_embed.0.weight"], P["predictor_embed.0.bias"])), P["predictor_embed.2.weight"], P["predictor_embed.2.bias"])
        m = np.broadcast_to(P[f"mask_tokens.{mi}"], (z.shape[0], tgt.shape[1], a.shape[-1]))
        h, ids = np.concatenate([a, m], 1), np.concatenate([ctx, tgt], 1)
        o = np.argsort(ids, 1, kind="stable"); h, ids = take(h, o), np.take_along_axis(ids, o, 1)
        h = h + P["img_mod_embed" if mod == "image" else "video_mod_embed"]
        g = c["img_size"] // ps
        for i in range(c["predictor_depth"]):
            h = block(h, P, f"predictor_blocks.{i}.", c["predictor_num_heads"], positions(ids, g, g, interp), "pair")
            if tr: cmp(name, f"out/pred.block.{i}.sorted", h, T)
        h = take(ln(h, P["predictor_norm.weight"], P["predictor_norm.bias"]), np.argsort(o, 1)); k = ctx.shape[1]
        return lin(h[:, k:], P["predictor_proj.weight"], P["predictor_proj.bias"]), lin(h[:, :k], P["predictor_proj_context.weight"], P["predictor_proj_context.bias"])
    x, im = T["in/video"].astype(f8), T["in/image"].astype(f8); ctx, tgt, ic, it = T["in/ctx"], T["in/tgt"], T["in/img_ctx"], T["in/img_tgt"]
    cmp(name, "out/enc.final", encode(x, tr=True), T); hier = encode(x, hier=True); cmp(name, "out/enc.hier", hier, T)
    z = encode(x, ctx, True); cmp(name, "out/enc_masked.hier", z, T); cmp(name, "out/enc_img.final", encode(im), T)
    zi = encode(im, ic, True); cmp(name, "out/enc_img_masked.hier", zi, T)
    if "in/video_nonsquare" in T: cmp(name, "out/enc_nonsquare.final", encode(T["in/video_nonsquare"].astype(f8)), T)
    if "out/enc.out_layers_1_2" in T: cmp(name, "out/enc.out_layers_1_2", encode(x[:1], levels=L[1:3]), T)
    a, b = predict(z, ctx, tgt, "video", 0, True, True); cmp(name, "out/pred.target", a, T); cmp(name, "out/pred.context", b, T)
    cmp(name, "out/pred.target.mask_index1", predict(z, ctx, tgt, "video", 1, True)[0], T)
    a2, b2 = predict(z, ctx, tgt, "video", 0, False); cmp(name, "out/pred_hub.target", a2, T); cmp(name, "out/pred_hub.context", b2, T)
    i1, i2 = predict(zi, ic, it, "image", 0, True); cmp(name, "out/pred_img.target", i1, T); cmp(name, "out/pred_img.context", i2, T)
    g = c["img_size"] // ps
    pc, pt = (np.stack(positions(m, g, g), -1) for m in (ctx, tgt))
    dist = np.sqrt(np.sqrt(((pc[:, :, None] - pt[:, None]) ** 2).sum(-1)).min(-1)); cmp(name, "out/loss.ctx_distance_sqrt", dist, T)
    if n == 4:
        dim = c["embed_dim"]; hn = np.concatenate([ln(hier[..., i * dim:(i + 1) * dim], eps=1e-5) for i in range(4)], -1)
        lp = np.abs(a - take(hn, tgt)).mean(); lc = (np.abs(b - take(hn, ctx)) / dist[..., None]).mean()
        for k, v in (("pred", lp), ("context_distance_weighted", lc), ("context_unweighted", np.abs(b - take(hn, ctx)).mean()), ("total_lambda_0.5_weighted", lp + .5 * lc)):
            e = abs(v - J["losses"][k]); R.append((name, "loss " + k, e, e < 1e-5))


def masks():
    import os
    if not os.path.exists(f"{D}/masks_examples.json"): return
    E = json.load(open(f"{D}/masks_examples.json"))
    for n, e in E["examples"].items():
        d, h, w = e["grid"]; t, bh, bw = e["block_t_h_w"]; o = e["overrides"]
        ctx, tgt = [], []
        for tr in e["draws_top_left_start_per_try"]:
            m = np.ones((d, h, w), int)
            for top, left, st in tr:
                m[st:st + t, top:top + bh, left:left + bw] = 0
                md = max(1, int(d * o.get("max_context_frames_ratio", 1.0)))
                if md < d: m[md:] = 0
            m = m.ravel()
            if m.any():
                ctx.append(np.flatnonzero(m)); tgt.append(np.flatnonzero(m == 0))
        kc, kt = min(map(len, ctx)), min(map(len, tgt))
        if o.get("max_keep") is not None: kc = min(kc, o["max_keep"])
        ctx = [c[:kc] for c in ctx]; tgt = [c[:kt] for c in tgt]; al = set(range(d * h * w))
        if o.get("full_complement"): tgt = [sorted(al - set(c.tolist())) for c in ctx]
        elif o.get("pred_full_complement"): ctx = [sorted(al - set(c.tolist())) for c in tgt]
        ok = [list(map(int, c)) for c in ctx] == e["context_indices"] and [list(map(int, c)) for c in tgt] == e["target_indices"]
        R.append(("masks_examples", n, 0.0 if ok else 1.0, ok))
    C = {"v1_224_short": (8, 14, (.15, .15), (1, 1), (.75, 1.5)), "v1_224_long": (8, 14, (.7, .7), (1, 1), (.75, 1.5)), "v1_384_short": (8, 24, (.15, .15), (1, 1), (.75, 1.5)), "v1_384_long": (8, 24, (.7, .7), (1, 1), (.75, 1.5)),
         "v2_256_short": (8, 16, (.15, .15), (1, 1), (.75, 1.5)), "v2_256_long": (8, 16, (.7, .7), (1, 1), (.75, 1.5)), "v21_image": (1, 16, (.15, .15), (1, 1), (.75, 1.5)), "generic": (8, 6, (.2, .6), (.3, .8), (.5, 2.))}
    ok = True
    for r in E["block_size_table"]:
        d, g, s, t, a = C[r["case"]]; u = r["u_t_s_ar"]; mix = lambda i, q: q[0] + u[i] * (q[1] - q[0])
        n = int(g * g * mix(1, s)); ar = mix(2, a)
        ok &= [max(1, int(d * mix(0, t))), min(g, int(round(math.sqrt(n * ar)))), min(g, int(round(math.sqrt(n / ar))))] == r["t_h_w"]
    R.append(("masks_examples", "block_size_table", 0.0 if ok else 1.0, bool(ok)))


def main():
    for f in sorted(glob.glob(f"{D}/*.json")):
        n = f.split("/")[-1][:-5]
        {"vjepa1_": v1, "vjepa2_": v2, "vjepa21": v21}.get(n[:7], lambda n: None)(n)
    masks()
    worst = {}
    for n, k, d, ok in R:
        w = worst.setdefault(n, [0, "", 0, 0]); w[2] += 1; w[3] += not ok
        if d > w[0]: w[0], w[1] = d, k
    for n, w in worst.items():
        print(f"{n:28s} checks {w[2]:3d}  failed {w[3]}  worst {w[0]:.2e}" + (f" at {w[1]}" if w[1] else ""))
    failed = sum(not r[3] for r in R)
    print("total", len(R), "passed", len(R) - failed, "failed", failed)
    sys.exit(failed > 0 or not R)


if __name__ == "__main__": main()
