"""Peer of `sinkflow bench`: the Euler flow of the value-softmax model under square loss, batched over runs in Python.

    python3 euler.py numpy|torch STARTS RUNS THREADS

STARTS is described in src/cli/peers.ts. First the known starts are followed and their losses compared; then every line on
standard input, a number of steps, is answered with a rate in run-steps per second. Answers are lines of JSON.
"""

import importlib
import json
import sys
import time


def say(**answer):
    print(json.dumps(answer), flush=True)


library, path, runs, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
try:
    np = importlib.import_module("numpy")
    torch = importlib.import_module("torch") if library == "torch" else None
except ImportError as error:
    say(absent=f"Python: {error}")
    sys.exit()


class NumpyFlow:
    """Logits (tokens, runs), values (dim, tokens, runs), target (dim, runs), all float32: with runs last it is thrice as fast."""

    description = f"NumPy {np.__version__}"

    def __init__(self, logits, values, target):
        runs_last = (np.ascontiguousarray(np.moveaxis(x, 0, -1)) for x in (logits, values, target))
        self.logits, self.values, self.target = runs_last

    def weights(self):
        e = np.exp(self.logits - self.logits.max(axis=0))
        return e / e.sum(axis=0)

    def residual(self, p):
        return np.einsum("kir,ir->kr", self.values, p) - self.target

    def step(self, h):
        p = self.weights()
        g = self.residual(p)
        pull = np.einsum("kir,kr->ir", self.values, g)
        mean = np.einsum("ir,ir->r", p, pull)
        self.logits -= h * p * (pull - mean)
        self.values -= (h * g)[:, None] * p

    def losses(self):
        g = self.residual(self.weights())
        return 0.5 * (g * g).sum(axis=0)


class TorchFlow:
    """Logits (runs, tokens), values (runs, dim, tokens), target (runs, dim), as tensors on the CPU."""

    description = "" if torch is None else f"PyTorch {torch.__version__}, {threads} threads"

    def __init__(self, logits, values, target):
        self.logits, self.values, self.target = (torch.from_numpy(x.copy()) for x in (logits, values, target))

    def residual(self, p):
        return torch.baddbmm(self.target[:, :, None], self.values, p[:, :, None], beta=-1)[:, :, 0]

    def step(self, h):
        p = torch.softmax(self.logits, dim=1)
        g = self.residual(p)
        pull = torch.bmm(g[:, None, :], self.values)[:, 0]
        mean = (p * pull).sum(dim=1, keepdim=True)
        self.logits.addcmul_(p, pull - mean, value=-h)
        self.values.baddbmm_(g[:, :, None], p[:, None, :], alpha=-h)

    def losses(self):
        g = self.residual(torch.softmax(self.logits, dim=1))
        return 0.5 * (g * g).sum(dim=1).numpy()


if torch is not None:
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
tokens, dim, known, steps = (int(x) for x in np.fromfile(path, "<i4", 4))
h = float(np.fromfile(path, "<f4", 1, offset=16)[0])
words = np.fromfile(path, "<f4", offset=20).reshape(known, tokens + dim * tokens + dim + 1)


def begin(count):
    w = words[np.arange(count) % known]
    at = tokens + dim * tokens
    flow = NumpyFlow if torch is None else TorchFlow
    return flow(w[:, :tokens], w[:, tokens:at].reshape(-1, dim, tokens), w[:, at:-1])


flow = begin(known)
for _ in range(steps):
    flow.step(h)
say(worst=float(np.abs(flow.losses() / words[:, -1] - 1).max()), description=flow.description)

for line in sys.stdin:
    flow = begin(runs)
    began = time.perf_counter()
    for _ in range(int(line)):
        flow.step(h)
    say(rate=runs * int(line) / (time.perf_counter() - began))
