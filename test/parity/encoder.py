"""A plain PyTorch encoder over weights given by their Hugging Face names: logits, gradients, AdamW steps, as JSON."""
import json
import math
import sys

import torch
import torch.nn.functional as F
from training import parameters, train

torch.set_default_dtype(torch.float64)
request = json.load(sys.stdin)
c = request["config"]
C, H, L, family = c["width"], c["heads"], c["layers"], c["layout"]
B, T = request["batch"], request["length"]
w = parameters(request)
feeds = {n: torch.tensor(v) for n, v in request["feeds"].items()}
ids, mask = (feeds[k].reshape(B, T) for k in ("ids", "mask"))
segments = feeds.get("segments", torch.zeros(B * T, dtype=torch.long)).reshape(B, T)


def norm(x, name):
    return F.layer_norm(x, (C,), w[name + ".weight"], w[name + ".bias"], c["normEpsilon"])


def linear(x, name):
    return F.linear(x, w[name + ".weight"], w[name + ".bias"])


def activation(x):
    if c["activation"] == "gelu":
        return F.gelu(x)
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


BERT = dict(stack="encoder", query="attention.self.query", key="attention.self.key", value="attention.self.value",
            attended="attention.output.dense", norm1="attention.output.LayerNorm", up="intermediate.dense",
            down="output.dense", norm2="output.LayerNorm")
DISTILBERT = dict(stack="transformer", query="attention.q_lin", key="attention.k_lin", value="attention.v_lin",
                  attended="attention.out_lin", norm1="sa_layer_norm", up="ffn.lin1", down="ffn.lin2",
                  norm2="output_layer_norm")
names = DISTILBERT if family == "distilbert" else BERT


def embeddings():
    name = family + ".embeddings."
    table = lambda kind, rows, pad=None: F.embedding(rows, w[f"{name}{kind}_embeddings.weight"], padding_idx=pad)
    if family == "roberta":
        pad = c["padId"]
        places = table("position", mask.cumsum(1) * mask + pad, pad)
    else:
        places = table("position", torch.arange(T))
    kinds = 0 if family == "distilbert" else table("token_type", segments)
    return norm(table("word", ids, c["padId"]) + kinds + places, name + "LayerNorm")


def attention(x, layer):
    split = lambda y: y.reshape(B, T, H, C // H).transpose(1, 2)
    q, k, v = (split(linear(x, layer + names[p])) for p in ("query", "key", "value"))
    scores = (q @ k.transpose(-1, -2)) / math.sqrt(C // H)
    weights = scores.masked_fill(mask[:, None, None, :] == 0, -math.inf).softmax(-1)
    return linear((weights @ v).transpose(1, 2).reshape(B, T, C), layer + names["attended"])


def mlp(x, layer):
    return linear(activation(linear(x, layer + names["up"])), layer + names["down"])


def hidden():
    x = embeddings()
    for i in range(L):
        layer = f"{family}.{names['stack']}.layer.{i}."
        norm1, norm2 = (lambda y, n=n: norm(y, layer + names[n]) for n in ("norm1", "norm2"))
        if c["normPlacement"] == "pre":
            x = x + attention(norm1(x), layer)
            x = x + mlp(norm2(x), layer)
        else:
            x = norm1(x + attention(x, layer))
            x = norm2(x + mlp(x, layer))
    return norm(x, f"{family}.{names['stack']}.LayerNorm") if c["normPlacement"] == "pre" else x


def pooled(x):
    return linear(x[:, 0], family + ".pooler.dense").tanh()


def masked(x):
    rows = x.reshape(B * T, C)[feeds["positions"]]
    dense, layer_norm, bias = {
        "bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"),
        "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
        "distilbert": ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias"),
    }[family]
    rows = norm(activation(linear(rows, dense)), layer_norm)
    return rows @ w[family + ".embeddings.word_embeddings.weight"].T + w[bias]


def logits_by_name():
    x, head = hidden(), c["head"]
    if head == "mlm":
        return {"mlm": masked(x)}
    if head == "mlm+nsp":
        return {"mlm": masked(x), "nsp": linear(pooled(x), "cls.seq_relationship")}
    if head == "tag":
        return {"logits": linear(x, "classifier").reshape(B * T, -1)}
    if head == "answer":
        start, end = linear(x, "qa_outputs").unbind(-1)
        return {"start": start, "end": end}
    if family == "bert":
        return {"logits": linear(pooled(x), "classifier")}
    if family == "distilbert":
        return {"logits": linear(linear(x[:, 0], "pre_classifier").relu(), "classifier")}
    return {"logits": linear(linear(x[:, 0], "classifier.dense").tanh(), "classifier.out_proj")}


TARGETS = {"mlm": "targets", "nsp": "nextSentence", "logits": "labels", "start": "starts", "end": "ends"}


def losses_of(logits):
    weights = request.get("classWeights")
    weights = None if weights is None else torch.tensor(weights)
    targets = {n: feeds[TARGETS[n]] for n in logits}
    for name in ("start", "end"):
        if name in targets:
            targets[name] = torch.where(targets[name] < T, targets[name], -1)
    return {n: F.cross_entropy(l, targets[n], weight=weights, ignore_index=-1) for n, l in logits.items()}


def forward():
    logits = logits_by_name()
    parts = losses_of(logits)
    loss = sum(parts.values()) * (0.5 if c["head"] == "answer" else 1)
    shown = {n: l.flatten().tolist() for n, l in logits.items()}
    return loss, {"logits": shown, "parts": {n: p.item() for n, p in parts.items()}}


json.dump(train(w, request["optimizer"], forward), sys.stdout)
