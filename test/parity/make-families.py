"""Golden values of tiny random models by Hugging Face's own code, in the form of the other folders.

`python test/parity/make-families.py [FAMILY ...]` with transformers 5.18.0 and PyTorch 2.13.0 writes test/fixtures/parity/FAMILY.
Each model is float32, without dropout, on one thread of the CPU, with eager attention. See README.md there.
"""
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import (
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertForQuestionAnswering,
    DistilBertForSequenceClassification,
    DistilBertForTokenClassification,
    GPTBigCodeConfig,
    GPTBigCodeForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
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

DISTILBERT = dict(
    vocab_size=VOCAB,
    dim=24,
    hidden_dim=48,
    n_layers=2,
    n_heads=4,
    max_position_embeddings=32,
    dropout=0.0,
    attention_dropout=0.0,
    qa_dropout=0.0,
    seq_classif_dropout=0.0,
)

FAMILIES = {
    "distilbert": (DistilBertForMaskedLM, DistilBertConfig(**DISTILBERT), 7),
    "distilbert/sequence_classification": (
        DistilBertForSequenceClassification,
        DistilBertConfig(**DISTILBERT, num_labels=3),
        8,
    ),
    "distilbert/token_classification": (
        DistilBertForTokenClassification,
        DistilBertConfig(**DISTILBERT, num_labels=5),
        9,
    ),
    "distilbert/question_answering": (DistilBertForQuestionAnswering, DistilBertConfig(**DISTILBERT), 10),
    "mixtral": (
        MixtralForCausalLM,
        MixtralConfig(
            **SPLIT | dict(hidden_size=32, intermediate_size=40, head_dim=8),
            num_local_experts=4,
            num_experts_per_tok=2,
            output_router_logits=True,
            router_aux_loss_coef=0.02,
            rms_norm_eps=1e-5,
            tie_word_embeddings=False,
        ),
        11,
    ),
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
            is_norm = "norm" in name.lower() or ".ln_" in name
            deviation = 0.15 if is_norm and name.endswith("weight") else 0.08
            if p.dim() > 1 and "embed" not in name and "wte" not in name and "wpe" not in name:
                deviation = 0.12
            p.normal_(0, deviation, generator=generator)
            if is_norm and name.endswith("weight"):
                p.add_(1)


def batch(family, seed):
    generator = torch.Generator().manual_seed(100 + seed)
    ids = torch.randint(3, VOCAB, (B, T), generator=generator)
    mask = torch.ones_like(ids)
    if family != "mixtral":  # whose load-balancing loss would count padding in one place and not in the other
        mask[1, PADDED_FROM:] = 0
    text = dict(input_ids=ids, attention_mask=mask)
    labels = ids.masked_fill(mask == 0, -100)
    labels[0, 5] = -100
    if not family.startswith("distilbert"):
        return dict(**text, labels=labels)
    ids[mask == 0] = 0
    draw = lambda shape, n: torch.randint(0, n, shape, generator=generator)
    if family.endswith("sequence_classification"):
        return dict(**text, labels=draw((B,), 3))
    if family.endswith("token_classification"):
        return dict(**text, labels=draw((B, T), 5).masked_fill(labels < 0, -100))
    if family.endswith("question_answering"):
        return dict(**text, start_positions=torch.tensor([2, 4]), end_positions=torch.tensor([9, 7]))
    return dict(**text, labels=labels.masked_fill(draw((B, T), 4) > 0, -100))


def expected(model, inputs):
    out = model(**inputs, output_hidden_states=True, output_attentions=True, **without_cache(model))
    out.loss.backward()
    values = {name: out[name] for name in ("logits", "start_logits", "end_logits", "loss", "aux_loss") if name in out}
    if "start_logits" in out:
        for name in ("start", "end"):
            values[f"loss/{name}"] = F.cross_entropy(out[f"{name}_logits"], inputs[f"{name}_positions"])
    values |= {f"router_logits.{i}": x for i, x in enumerate(out.get("router_logits") or ())}
    values |= {f"hidden_states.{i}": x for i, x in enumerate(out.hidden_states)}
    values |= {f"attentions.{i}": x for i, x in enumerate(out.attentions)}
    gradients = {stored: g for name, p in model.named_parameters() for stored, g in as_stored(name, p.grad)}
    values |= {f"grad_norm/{name}": g.double().norm().float() for name, g in gradients.items()}
    shown = [name for name in gradients if ".1." in name and name.endswith("weight")][:3]
    values |= {f"grad/{name}": gradients[name] for name in shown}
    return {name: x.detach().float().contiguous().clone() for name, x in values.items()}


def without_cache(model):
    return {} if model.config.model_type == "distilbert" else dict(use_cache=False)


def as_stored(name, values):
    """Mixtral's experts are one tensor here, and in files one for each expert and matrix, under the older names."""
    path, _, last = name.partition(".mlp.")
    if not last or "experts" not in last and "gate" != last.split(".")[0]:
        return [(name, values)]
    path += ".block_sparse_moe."
    if last == "gate.weight":
        return [(path + last, values)]
    parts = (("w1", "w3") if last == "experts.gate_up_proj" else ("w2",)) if "experts" in last else ()
    return [
        (f"{path}experts.{e}.{part}.weight", half)
        for e, expert in enumerate(values)
        for part, half in zip(parts, expert.chunk(len(parts)))
    ]


def training(model, inputs):
    settings = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    optimizer = torch.optim.AdamW(model.parameters(), **settings)
    losses, norms = [], []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(**inputs, **without_cache(model)).loss
        loss.backward()
        losses.append(loss.item())
        norms.append(math.sqrt(sum(p.grad.double().pow(2).sum().item() for p in model.parameters())))
        optimizer.step()
    with torch.no_grad():
        last = model(**inputs, **without_cache(model)).loss.item()
    # the softmax is blind to a bias of the keys: Adam turns the rounding of its gradient into steps
    blind = ("k_proj.bias", "c_attn.bias", "k_lin.bias")
    if "Question" in type(model).__name__:  # a softmax over the tokens is blind to what is the same for all
        blind += ("1.output_layer_norm.bias", "qa_outputs.bias")
    stored = [pair for name, p in model.named_parameters() for pair in as_stored(name, p)]
    norms_after = {n: p.detach().double().norm().item() for n, p in stored if not n.endswith(blind)}
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
for family in sys.argv[1:] or FAMILIES:
    kind, config, seed = FAMILIES[family]
    config._attn_implementation = "eager"
    model = kind(config).float().eval()
    randomise(model, seed)
    folder = FIXTURES / family
    model.save_pretrained(folder)
    inputs = batch(family, seed)
    save_file({name: x.contiguous() for name, x in inputs.items()}, folder / "inputs.safetensors")
    if kind.__name__.endswith("CausalLM"):
        generation = greedy(model, inputs["input_ids"][:1, :5])
        (folder / "generation.json").write_text(json.dumps(generation) + "\n")
        print("least lead", min(generation["lead_over_top2"]))
    values = expected(model, inputs)
    save_file(values, folder / "expected.safetensors")
    (folder / "training.json").write_text(json.dumps(training(model, inputs)) + "\n")
    print(family, sum(p.numel() for p in model.parameters()), "loss", values["loss"].item())
    routed = [x.softmax(-1).sort(-1, descending=True).values for name, x in values.items() if "router_logits" in name]
    if routed:  # no choice of experts near a tie
        print("least lead of a chosen expert", min((x[:, 1] - x[:, 2]).min().item() for x in routed))
