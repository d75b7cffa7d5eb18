"""Golden values of tiny random decoders by Hugging Face's own code, in the form of the other folders.

`python test/parity/make-families.py` with transformers 5.18.0 and PyTorch 2.13.0 writes test/fixtures/parity/FAMILY. Each model is
float32, without dropout, on one thread of the CPU, with eager attention. See README.md there.
"""
import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    GPTBigCodeConfig,
    GPTBigCodeForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Starcoder2Config,
    Starcoder2ForCausalLM,
)

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
B, T, PADDED_FROM = 2, 17, 12
VOCAB = 211
SPLIT = dict(
    vocab_size=VOCAB,
    hidden_size=48,
    intermediate_size=96,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    attention_dropout=0.0,
)

FAMILIES = {
    "mistral": (
        MistralForCausalLM,
        MistralConfig(**SPLIT, rms_norm_eps=1e-5, sliding_window=None, head_dim=12, tie_word_embeddings=False),
        4,
    ),
    "starcoder2": (
        Starcoder2ForCausalLM,
        Starcoder2Config(**SPLIT, norm_epsilon=1e-5, use_bias=True, sliding_window=None, tie_word_embeddings=True,
                         residual_dropout=0.0, embedding_dropout=0.0),
        5,
    ),
    "gpt_bigcode": (
        GPTBigCodeForCausalLM,
        GPTBigCodeConfig(vocab_size=VOCAB, n_positions=64, n_embd=48, n_layer=2, n_head=4, n_inner=96, multi_query=True,
                         attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, eos_token_id=0, bos_token_id=0),
        6,
    ),
}


def randomise(model, seed):
    """Every parameter matters: norms are near one, and biases are not zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            is_norm = "norm" in name or ".ln_" in name
            deviation = 0.15 if is_norm and name.endswith("weight") else 0.08
            if p.dim() > 1 and "embed" not in name and "wte" not in name and "wpe" not in name:
                deviation = 0.12
            p.normal_(0, deviation, generator=generator)
            if is_norm and name.endswith("weight"):
                p.add_(1)


def batch(seed):
    generator = torch.Generator().manual_seed(100 + seed)
    ids = torch.randint(3, VOCAB, (B, T), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, PADDED_FROM:] = 0
    labels = ids.clone()
    labels[1, PADDED_FROM:] = -100
    labels[0, 5] = -100
    return dict(input_ids=ids, attention_mask=mask, labels=labels)


def expected(model, inputs):
    out = model(**inputs, output_hidden_states=True, output_attentions=True, use_cache=False)
    out.loss.backward()
    values = {"logits": out.logits, "loss": out.loss}
    values |= {f"hidden_states.{i}": x for i, x in enumerate(out.hidden_states)}
    values |= {f"attentions.{i}": x for i, x in enumerate(out.attentions)}
    gradients = {name: p.grad for name, p in model.named_parameters()}
    values |= {f"grad_norm/{name}": g.double().norm().float() for name, g in gradients.items()}
    shown = [name for name in gradients if ".1." in name and name.endswith("weight")][:3]
    values |= {f"grad/{name}": gradients[name] for name in shown}
    return {name: x.detach().float().contiguous().clone() for name, x in values.items()}


def training(model, inputs):
    settings = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    optimizer = torch.optim.AdamW(model.parameters(), **settings)
    losses, norms = [], []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(**inputs, use_cache=False).loss
        loss.backward()
        losses.append(loss.item())
        norms.append(math.sqrt(sum(p.grad.double().pow(2).sum().item() for p in model.parameters())))
        optimizer.step()
    with torch.no_grad():
        last = model(**inputs, use_cache=False).loss.item()
    # the softmax is blind to a bias of the keys: Adam turns the rounding of its gradient into steps
    blind = ("k_proj.bias", "c_attn.bias")
    norms_after = {n: p.double().norm().item() for n, p in model.named_parameters() if not n.endswith(blind)}
    return dict(**settings, steps=10, losses=losses, grad_norms=norms, loss_after_last_step=last,
                param_norm_after_last_step=norms_after)


def greedy(model, ids):
    ids = ids.clone()
    highest, leads = [], []
    with torch.no_grad():
        for _ in range(20):
            top = model(ids, use_cache=False).logits[0, -1].topk(2)
            highest.append(top.values[0].item())
            leads.append((top.values[0] - top.values[1]).item())
            ids = torch.cat([ids, top.indices[:1][None]], 1)
    prompt, new = ids[0].tolist()[:5], ids[0].tolist()[5:]
    return dict(prompt_ids=prompt, new_ids=new, top1_logit=highest, lead_over_top2=leads)


torch.set_num_threads(1)
for family, (kind, config, seed) in FAMILIES.items():
    config._attn_implementation = "eager"
    model = kind(config).float().eval()
    randomise(model, seed)
    folder = FIXTURES / family
    model.save_pretrained(folder)
    inputs = batch(seed)
    save_file({name: x.contiguous() for name, x in inputs.items()}, folder / "inputs.safetensors")
    generation = greedy(model, inputs["input_ids"][:1, :5])
    (folder / "generation.json").write_text(json.dumps(generation) + "\n")
    values = expected(model, inputs)
    save_file(values, folder / "expected.safetensors")
    (folder / "training.json").write_text(json.dumps(training(model, inputs)) + "\n")
    print(family, sum(p.numel() for p in model.parameters()), "loss", values["loss"].item(), "least lead", min(generation["lead_over_top2"]))
