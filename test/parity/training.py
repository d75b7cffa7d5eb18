"""What the plain PyTorch models share: their weights, and AdamW steps on them."""
import torch


def parameters(request):
    """Weights that are trained, by their Hugging Face names."""
    given = request["weights"].items()
    return {n: torch.tensor(v["data"]).reshape(v["shape"]).requires_grad_() for n, v in given}


def train(w, o, forward, scale=1):
    """AdamW on the loss that `forward` gives, beside what to tell of the first step. The loss is scaled for its gradients."""
    groups = [
        {"params": [p for p in w.values() if p.dim() > 1], "weight_decay": o["weightDecay"]},
        {"params": [p for p in w.values() if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])
    result = {"losses": [], "norms": []}
    for step in range(o["steps"]):
        loss, told = forward()
        optimizer.zero_grad()
        (scale * loss).backward()
        for p in w.values():
            p.grad /= scale
        if step == 0:
            result.update(told)
            result["gradients"] = {name: p.grad.flatten().tolist() for name, p in w.items()}
        result["losses"].append(loss.item())
        result["norms"].append(torch.nn.utils.clip_grad_norm_(list(w.values()), o["clip"]).item())
        optimizer.step()
    result["weights"] = {name: p.flatten().tolist() for name, p in w.items()}
    return result
