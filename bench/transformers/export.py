"""Writes the ONNX model of a BERT as PyTorch's exporter makes it: python export.py MODEL_FOLDER.

The graph is what a model on the hub has: axes of any size, opset 14, layer norms and GELU in their parts, which ONNX
Runtime joins again when it loads them.
"""

import json
import math
import os
import struct
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
with open(f"{folder}/config.json") as file:
    config = json.load(file)
C, H = config["hidden_size"], config["num_attention_heads"]


def read_weights():
    with open(f"{folder}/model.safetensors", "rb") as file:
        data = file.read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], dtype=np.float32).reshape(entry["shape"])
        yield name[len("bert.") :], torch.from_numpy(values.copy())


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        inner = config["intermediate_size"]
        self.query, self.key, self.value = (nn.Linear(C, C) for _ in range(3))
        self.out, self.up, self.down = nn.Linear(C, C), nn.Linear(C, inner), nn.Linear(inner, C)
        self.norm1, self.norm2 = (nn.LayerNorm(C, eps=config["layer_norm_eps"]) for _ in range(2))

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], H, C // H).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.heads(self.query(x)), self.heads(self.key(x)), self.heads(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(C // H) + mask
        attended = torch.matmul(torch.softmax(scores, dim=-1), v).permute(0, 2, 1, 3).contiguous()
        attended = attended.view(x.shape[0], x.shape[1], C)
        x = self.norm1(self.out(attended) + x)
        return self.norm2(self.down(F.gelu(self.up(x))) + x)


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(config["vocab_size"], C)
        self.positions = nn.Embedding(config["max_position_embeddings"], C)
        self.types = nn.Embedding(config["type_vocab_size"], C)
        self.norm = nn.LayerNorm(C, eps=config["layer_norm_eps"])
        self.layers = nn.ModuleList(Layer() for _ in range(config["num_hidden_layers"]))
        steps = torch.arange(config["max_position_embeddings"])
        self.register_buffer("steps", steps.unsqueeze(0), persistent=False)

    def forward(self, input_ids, attention_mask, token_type_ids):
        places = self.positions(self.steps[:, : input_ids.shape[1]])
        x = self.norm(self.words(input_ids) + self.types(token_type_ids) + places)
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, mask)
        return x


NAMES = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "layers",
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm2",
}


def own_name(name):
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name


model = Bert().eval()
model.load_state_dict({own_name(name): values for name, values in read_weights()})
os.makedirs(f"{folder}/onnx", exist_ok=True)
ids = torch.ones(2, 16, dtype=torch.int64)
axes = {0: "batch", 1: "sequence"}
inputs = ["input_ids", "attention_mask", "token_type_ids"]
torch.onnx.export(
    model,
    (ids, ids, torch.zeros_like(ids)),
    f"{folder}/onnx/model.onnx",
    input_names=inputs,
    output_names=["last_hidden_state"],
    dynamic_axes={name: axes for name in [*inputs, "last_hidden_state"]},
    opset_version=14,
)
