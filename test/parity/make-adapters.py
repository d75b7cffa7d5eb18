"""Golden logits of adapters of the tiny models in test/fixtures/parity, by PEFT's own code.

`python test/parity/make-adapters.py` with PEFT 0.21.0, transformers 5.18.0 and PyTorch 2.13.0 writes test/fixtures/parity/BASE/NAME, each
with the logits of the base's own inputs. See README.md there.
"""
import json
import pathlib

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    BertForSequenceClassification,
    DistilBertForSequenceClassification,
    RobertaForSequenceClassification,
)

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"

ADAPTERS = {
    "llama/rslora": (
        AutoModelForCausalLM,
        LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "v_proj", "down_proj"],
                   rank_pattern={"down_proj": 2, "layers.0.self_attn.q_proj": 3}, alpha_pattern={"v_proj": 5}),
        21,
    ),
    "bert/sequence_classification/lora": (
        BertForSequenceClassification,
        LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=9, target_modules=["query", "value"], modules_to_save=["classifier"]),
        22,
    ),
    "roberta/classes": (
        RobertaForSequenceClassification,
        LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=9, target_modules=["query", "dense"],
                   exclude_modules=r"classifier\..*", modules_to_save=["classifier"]),
        23,
    ),
    "distilbert/sequence_classification/lora": (
        DistilBertForSequenceClassification,
        LoraConfig(task_type="SEQ_CLS", r=3, lora_alpha=9, target_modules=["q_lin", "v_lin", "lin1"],
                   modules_to_save=["pre_classifier", "classifier"]),
        24,
    ),
}


def base_of(kind, name):
    folder = FIXTURES / name.rpartition("/")[0]
    labels = dict(num_labels=3) if "ForSequence" in kind.__name__ else {}
    return folder, kind.from_pretrained(folder, attn_implementation="eager", **labels).float().eval()


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.requires_grad:
                p.normal_(0, 0.1, generator=generator)


def logits(model, folder):
    inputs = load_file(folder / "inputs.safetensors")
    names = ("input_ids", "attention_mask", "token_type_ids")
    with torch.no_grad():
        return model(**{name: inputs[name] for name in names if name in inputs}).logits


def write(model, folder, values):
    model.save_pretrained(folder)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text()) | dict(base_model_name_or_path="..")
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    (folder / "README.md").unlink(missing_ok=True)
    save_file({"logits": values.contiguous()}, folder / "lora_expected.safetensors")


torch.set_num_threads(1)
for name, (kind, config, seed) in ADAPTERS.items():
    torch.manual_seed(seed)
    folder, base = base_of(kind, name)
    before = logits(base, folder)
    model = get_peft_model(base, config).eval()
    randomise(model, seed)
    values = logits(model, folder)
    write(model, FIXTURES / name, values)
    if name == "roberta/classes":  # the head that the base has not
        base.config.architectures = [kind.__name__]
        base.config.save_pretrained(FIXTURES / name)
    print(name, "moves the logits by", (values - before).abs().max().item())

folder, base = base_of(AutoModelForCausalLM, "llama/combined")
model = PeftModel.from_pretrained(base, folder / "lora", adapter_name="a")
model.load_adapter(folder / "rslora", adapter_name="b")
model.add_weighted_adapter(["a", "b"], [0.7, -0.3], "both", combination_type="cat")
model.set_adapter("both")
(folder / "combined").mkdir(exist_ok=True)
save_file({"logits": logits(model.eval(), folder).contiguous()}, folder / "combined" / "expected.safetensors")
