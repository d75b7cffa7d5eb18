"""A plain PyTorch decoder over weights given by their Hugging Face names: logits, gradients, AdamW steps, as JSON."""
import json
import math
import sys

import torch
import torch.nn.functional as F
from training import parameters, train

request = json.load(sys.stdin)
# float64 as a yardstick; or weights in float32 with products in 16 bits, as torch.autocast has them on a GPU
half = getattr(torch, request["precision"]) if "precision" in request else None
torch.set_default_dtype(torch.float32 if half else torch.float64)
c = request["config"]
C, H, K, D, L = c["width"], c["heads"], c["kvHeads"], c["headWidth"], c["layers"]
B, T = request["batch"], request["length"]
fused = c["layout"] in ("gpt2", "openai-gpt")
w = parameters(request)
ids, targets = (torch.tensor(request[k]).reshape(B, T) for k in ("ids", "targets"))


def low(x):
    return x if half is None else x.to(half)


def high(x):
    return x if half is None else x.float()


def product(a, b, alpha=1.0, bias=None):
    """alpha a b + bias, rounded once. This torch has no float16 products on a CPU: those are float32, rounded."""
    a, b, bias = low(a), low(b), None if bias is None else low(bias)
    if half == torch.bfloat16 and alpha == 1:
        return F.linear(a, b.transpose(-1, -2), bias) if b.dim() == 2 else a @ b
    y = alpha * (high(a) @ high(b))
    return low(y if bias is None else y + high(bias))


def norm(x, name):
    x = high(x)
    weight, bias = w[name + ".weight"], w.get(name + ".bias")
    if c["norm"] == "layernorm":
        return F.layer_norm(x, (C,), weight, bias, c["normEpsilon"])
    return x * (x.pow(2).mean(-1, keepdim=True) + c["normEpsilon"]).rsqrt() * weight


def linear(x, name):
    weight, bias = w[name + ".weight"], w.get(name + ".bias")
    return product(x, weight if fused else weight.T, bias=bias)


def rotate(x):
    angles = torch.arange(T)[:, None] * c["ropeTheta"] ** (-2 * torch.arange(D // 2) / D)
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., : D // 2], x[..., D // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def attention(x, name):
    if fused:
        q, k, v = linear(x, name + ".c_attn").split([H * D, K * D, K * D], -1)
    else:
        q, k, v = (linear(x, f"{name}.{p}_proj") for p in "qkv")
    q, k, v = (y.reshape(B, T, -1, D).transpose(1, 2) for y in (q, k, v))
    if c["positions"] == "rotary":
        q, k = rotate(q), rotate(k)
    k, v = (y.repeat_interleave(H // K, 1) for y in (k, v))
    scores = high(product(q, k.transpose(-1, -2), 1 / math.sqrt(D)))
    scores = scores.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -math.inf)
    y = product(scores.softmax(-1), v).transpose(1, 2).reshape(B, T, H * D)
    return linear(y, name + (".c_proj" if fused else ".o_proj"))


def mlp(x, name):
    up = linear(x, name + (".c_fc" if fused else ".up_proj"))
    u = high(up)
    if c["activation"] == "swiglu":
        inner = low(F.silu(high(linear(x, name + ".gate_proj")))) * up
    elif c["activation"] == "gelu":
        inner = low(F.gelu(u))
    else:
        inner = low(0.5 * u * (1 + torch.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))))
    return linear(inner, name + (".c_proj" if fused else ".down_proj"))


def model():
    n = request["names"]
    x = w[n["tokens"]][ids]
    if c["positions"] == "learned":
        x = x + w[n["positions"]][:T]
    for i in range(L):
        block = f"{n['layers']}.{i}"
        attend = lambda y: attention(y, f"{block}.{n['attention']}")
        feed = lambda y: mlp(y, f"{block}.mlp")
        norm1, norm2 = (lambda y, k=k: norm(y, f"{block}.{n[k]}") for k in ("norm1", "norm2"))
        if c["normPlacement"] == "pre":
            x = x + attend(norm1(x))
            x = x + feed(norm2(x))
        else:
            x = norm1(x + attend(x))
            x = norm2(x + feed(x))
    if c["normPlacement"] == "pre":
        x = norm(x, n["lastNorm"])
    return product(x, w[n["tokens"] if c["tiedHead"] else "lm_head.weight"].T)


def loss_of(logits):
    return F.cross_entropy(high(logits).reshape(B * T, -1), targets.reshape(-1), ignore_index=-1)


def forward():
    logits = model()
    return loss_of(logits), {"logits": logits.flatten().tolist()}


json.dump(train(w, request["optimizer"], forward, request.get("lossScale", 1)), sys.stdout)
