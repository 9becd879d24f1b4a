# Makes optimizers.json beside it: runs of PyTorch's own optimizers in float64 on the value-softmax model with logistic loss, from one start.
# Usage: python3 optimizers.py > optimizers.json
import json
import math

import torch

torch.set_default_dtype(torch.float64)
n, d, steps = 4, 3, 12
beta = [0.6, -0.48, 0.64]
values = [[math.sin(1 + 3 * k + 7 * i) for i in range(n)] for k in range(d)]
logits = [1 + 0.5 * math.cos(2 + 5 * i) for i in range(n)]

# The optimizer in a specification, its weight decay, and PyTorch's own with the same parameters. `{"values": λ, "logits": λ}` are equal, as PyTorch has one.
runs = [
    ({"kind": "gradient-descent", "learningRate": 0.3}, 0.02, lambda p: torch.optim.SGD(p, lr=0.3, weight_decay=0.02)),
    ({"kind": "momentum", "learningRate": 0.1, "momentum": 0.8}, 0.02, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, weight_decay=0.02)),
    ({"kind": "nesterov", "learningRate": 0.1, "momentum": 0.8}, 0.02, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.02)),
    ({"kind": "rmsprop", "learningRate": 0.01, "decay": 0.95, "epsilon": 1e-6}, 0.02, lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-6, weight_decay=0.02)),
    ({"kind": "adam", "learningRate": 0.02}, 0.1, lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1)),
    ({"kind": "adam", "learningRate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4}, 0, lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-4)),
    ({"kind": "adam", "learningRate": 0.02, "decoupled": False}, 0.1, lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1)),
]


# Near its equilibrium RMSprop goes to and fro by the sign of gradients that rounding decides: it is compared earlier.
late = lambda chosen: (50,) if chosen["kind"] == "rmsprop" else (50, 200)


def follow(chosen, make):
    v, a = (torch.tensor(x, requires_grad=True) for x in (values, logits))
    optimizer = make([v, a])
    states = []
    for step in range(1, max(late(chosen)) + 1):
        optimizer.zero_grad()
        torch.nn.functional.softplus(-torch.tensor(beta) @ (v @ torch.softmax(a, 0))).backward()
        optimizer.step()
        if step <= steps or step in late(chosen):
            states.append({"step": step, "logits": a.tolist(), "values": v.tolist()})
    return states


made = [{"optimizer": chosen, "decay": decay, "states": follow(chosen, make)} for chosen, decay, make in runs]
print(json.dumps({"torch": torch.__version__, "target": beta, "values": values, "logits": logits, "runs": made}))
