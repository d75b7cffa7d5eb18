"""One configuration's training step in PyTorch: forward, backward, clip, AdamW. Prints JSON.

A plain GPT-2-shaped decoder, or a BERT that learns classes of texts, written for speed as a PyTorch user would: fused
attention where this version has it, and fused AdamW if asked for and this version has it on the CPU.
"""
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

spec = json.loads(sys.argv[1])
B, T, V, L, H, C = (spec[k] for k in ("batch", "length", "vocab", "layers", "heads", "width"))
torch.set_num_threads(spec["threads"])
device = spec.get("device", "cpu")
if device != "cpu":
    torch.set_default_device(device)
torch.manual_seed(1)


CLASSES = spec.get("classes", 0)
RANK = spec.get("rank", 0)


class Adapted(nn.Module):
    """A linear layer that stays as it is, with a low-rank one beside it."""

    def __init__(self, linear, rank):
        super().__init__()
        self.linear = linear
        self.a, self.b = nn.Linear(C, rank, bias=False), nn.Linear(rank, linear.out_features, bias=False)

    def forward(self, x):
        return self.linear(x) + 2 * self.b(self.a(x))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        bias = spec["bias"]
        self.ln_1, self.ln_2 = (nn.LayerNorm(C) for _ in range(2))
        self.c_attn = nn.Linear(C, 3 * C, bias=bias)
        self.attn_proj = nn.Linear(C, C, bias=bias)
        self.c_fc = nn.Linear(C, 4 * C, bias=bias)
        self.mlp_proj = nn.Linear(4 * C, C, bias=bias)

    def attention(self, x):
        q, k, v = (y.view(B, T, H, C // H).transpose(1, 2) for y in self.c_attn(x).split(C, dim=2))
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=CLASSES == 0)
        else:
            scores = (q @ k.transpose(-2, -1)) * (C // H) ** -0.5
            if CLASSES == 0:
                scores = scores.masked_fill(MASK, float("-inf"))
            y = F.softmax(scores, dim=-1) @ v
        return self.attn_proj(y.transpose(1, 2).reshape(B, T, C))

    def mlp(self, x):
        return self.mlp_proj(F.gelu(self.c_fc(x)))

    def forward(self, x):
        if CLASSES > 0:  # Post-LN
            x = self.ln_1(x + self.attention(x))
            return self.ln_2(x + self.mlp(x))
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


def initialise(model):
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.normal_(p, std=0.02)


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, C), nn.Embedding(T, C)
        self.h = nn.ModuleList(Block() for _ in range(L))
        self.ln_f = nn.LayerNorm(C)
        initialise(self)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe.weight
        for block in self.h:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.view(-1, V), targets.reshape(-1))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places, self.segments = nn.Embedding(V, C), nn.Embedding(512, C), nn.Embedding(2, C)
        self.norm = nn.LayerNorm(C)
        self.layers = nn.ModuleList(Block() for _ in range(L))
        self.pooler, self.classes = nn.Linear(C, C), nn.Linear(C, CLASSES)
        initialise(self)

    def forward(self, ids, targets):
        x = self.norm(self.words(ids) + self.places.weight[:T] + self.segments(torch.zeros_like(ids)))
        for layer in self.layers:
            x = layer(x)
        return F.cross_entropy(self.classes(self.pooler(x[:, 0]).tanh()), targets[:, 0] % CLASSES)


MASK = torch.triu(torch.ones(T, T, dtype=torch.bool), 1)
model = Classifier() if CLASSES > 0 else Gpt()
if RANK > 0:
    for p in model.parameters():
        p.requires_grad_(False)
    for block in model.h:
        block.c_attn = Adapted(block.c_attn, RANK)
groups = [
    {"params": [p for p in model.parameters() if p.dim() > 1 and p.requires_grad], "weight_decay": 0.1},
    {"params": [p for p in model.parameters() if p.dim() <= 1 and p.requires_grad], "weight_decay": 0.0},
]
settings = {"lr": 1e-3, "betas": (0.9, 0.99)}
try:
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], fused=spec["fused"] or None, **settings)
except (TypeError, RuntimeError):
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], **settings)
run = torch.compile(model) if spec["compile"] else model
ids = torch.randint(0, V, (B, T + 1))


def step():
    loss = run(ids[:, :-1], ids[:, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    return loss


times = []
for i in range(spec["warmup"] + spec["steps"]):
    start = time.perf_counter()
    step()
    if device == "cuda":
        torch.cuda.synchronize()
    if i >= spec["warmup"]:
        times.append((time.perf_counter() - start) * 1000)
times.sort()
gemm = None
if spec.get("gemm"):
    gemm = []
    for m, k, n in spec["gemm"]:
        a, b = torch.randn(m, k), torch.randn(k, n)
        best = 1e9
        for _ in range(12):
            start = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - start)
        gemm.append(2 * m * k * n / best / 1e9)
print(json.dumps({
    "version": torch.__version__,
    "stepMs": times[len(times) // 2],
    "bestMs": times[0],
    "memoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "gemm": gemm,
}))
