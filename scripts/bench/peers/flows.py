"""Peers of `sinkflow bench`: the value-softmax model under square loss, by Euler's steps, by steps that adapt or by Adam, batched over runs in Python.

    python3 flows.py numpy|torch|torch-cuda|jax|triton|diffrax|torch-adam|torch-cuda-adam|optax-adam STARTS RUNS THREADS

STARTS is described in src/cli/peers.ts. First the known starts are followed and their losses compared; then every line on
standard input, a number of steps or the time to which runs go, is answered with the seconds that it took, and where steps adapt with
how many were accepted and rejected, the mean over runs. Answers are lines of JSON.
"""

import importlib
import json
import os
import sys
import time


def say(**answer):
    print(json.dumps(answer), flush=True)


def load(name):
    """A module that a peer is made with, or this is the end of it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        say(absent=f"Python: {error}")
        sys.exit()


kind, path, runs, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
np = load("numpy")


class NumpyFlow:
    """Logits (tokens, runs), values (dim, tokens, runs), target (dim, runs), all float32: with runs last it is thrice as fast."""

    @classmethod
    def prepare(cls):
        cls.description = f"NumPy {np.__version__}"

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

    def ready(self, h, steps):
        """What follows so many steps; compiled and warm, and the state as it was."""

        def follow():
            for _ in range(steps):
                self.step(h)

        return follow

    def losses(self):
        g = self.residual(self.weights())
        return 0.5 * (g * g).sum(axis=0)


class TorchFlow(NumpyFlow):
    """Logits (runs, tokens), values (runs, dim, tokens), target (runs, dim), as tensors on the CPU."""

    device = "cpu"

    @classmethod
    def prepare(cls):
        cls.torch = load("torch")
        cls.torch.set_num_threads(threads)
        cls.torch.set_grad_enabled(False)
        cls.description = f"PyTorch {cls.torch.__version__}, {threads} threads"

    def __init__(self, logits, values, target):
        on_device = (self.torch.from_numpy(x.copy()).to(self.device) for x in (logits, values, target))
        self.logits, self.values, self.target = on_device

    def residual(self, p):
        return self.torch.baddbmm(self.target[:, :, None], self.values, p[:, :, None], beta=-1)[:, :, 0]

    def step(self, h):
        torch = self.torch
        p = torch.softmax(self.logits, dim=1)
        g = self.residual(p)
        pull = torch.bmm(g[:, None, :], self.values)[:, 0]
        mean = (p * pull).sum(dim=1, keepdim=True)
        self.logits.addcmul_(p, pull - mean, value=-h)
        self.values.baddbmm_(g[:, :, None], p[:, None, :], alpha=-h)

    def losses(self):
        g = self.residual(self.torch.softmax(self.logits, dim=1))
        return 0.5 * (g * g).sum(dim=1).cpu().numpy()


class TorchAdam(TorchFlow):
    """PyTorch's own Adam with gradients by autograd, as one would train: an update goes by element, so parameters batched over runs
    are as many optimizers. One call updates all of them (fused)."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.torch.set_grad_enabled(True)
        cls.description = f"PyTorch {cls.torch.__version__}, torch.optim.Adam, fused, {threads} threads"

    def __init__(self, logits, values, target):
        super().__init__(logits, values, target)
        self.logits.requires_grad_()
        self.values.requires_grad_()

    def step(self, h):
        self.optimizer.zero_grad()
        g = self.residual(self.torch.softmax(self.logits, dim=1))
        (0.5 * (g * g).sum()).backward()
        self.optimizer.step()

    def ready(self, h, steps):
        self.optimizer = self.torch.optim.Adam((self.logits, self.values), lr=h, fused=True)
        return super().ready(h, steps)

    def losses(self):
        with self.torch.no_grad():
            return super().losses()


class TorchCudaAdam(TorchAdam):
    """The same on a GPU, a step as a CUDA graph."""

    device = "cuda"

    @classmethod
    def prepare(cls):
        super().prepare()
        need_cuda(cls.torch)
        cls.description = f"PyTorch {cls.torch.__version__}, torch.optim.Adam, fused, CUDA graph"

    def ready(self, h, steps):
        self.optimizer = self.torch.optim.Adam((self.logits, self.values), lr=h, fused=True, capturable=True)
        with self.torch.no_grad():
            begun = self.logits.clone(), self.values.clone()
        replay = captured(self.torch, lambda: self.step(h))
        with self.torch.no_grad():
            self.logits.copy_(begun[0])
            self.values.copy_(begun[1])
            for state in self.optimizer.state.values():
                for kept in state.values():
                    kept.zero_()
        return lambda: replay(steps)


def need_cuda(torch):
    """This is the end of a peer that needs a GPU and has none."""
    if not torch.cuda.is_available():
        say(absent="PyTorch: no CUDA device")
        sys.exit()


def captured(torch, step):
    """Takes a step some times, then captures it; what replays it so many times and waits."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()

    def replay(steps):
        for _ in range(steps):
            graph.replay()
        torch.cuda.synchronize()

    return replay


class TorchCudaFlow(TorchFlow):
    """On a GPU, a step as a CUDA graph of PyTorch's own kernels, in float32 (no TF32)."""

    device = "cuda"

    @classmethod
    def prepare(cls):
        super().prepare()
        need_cuda(cls.torch)
        cls.description = f"PyTorch {cls.torch.__version__}, CUDA graph"

    def ready(self, h, steps):
        torch = self.torch
        begun = self.logits.clone(), self.values.clone()
        replay = captured(torch, lambda: self.step(h))
        self.logits.copy_(begun[0])
        self.values.copy_(begun[1])
        torch.cuda.synchronize()
        return lambda: replay(steps)


class JaxFlow(NumpyFlow):
    """vmap over runs of a scan over 100 steps. Logits (runs, tokens), values (runs, dim, tokens), target (runs, dim)."""

    scans = {}

    @classmethod
    def prepare(cls):
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # others are on the GPU too
        cls.jax = load("jax")
        cls.jax.config.update("jax_default_matmul_precision", "highest")
        cls.description = f"JAX {cls.jax.__version__} on {cls.jax.devices()[0].platform}"

    def __init__(self, logits, values, target):
        self.logits, self.values, self.target = (self.jax.device_put(x) for x in (logits, values, target))

    def begun(self, h):
        """The states of the runs, as a step takes them: logits and values first."""
        return self.logits, self.values

    def step_of(self, h):
        """What takes a run's state and target to its state after a step."""
        jax = self.jax

        def step(state, target):
            a, v = state
            p = jax.nn.softmax(a)
            g = v @ p - target
            pull = v.T @ g
            return a - h * p * (pull - p @ pull), v - h * jax.numpy.outer(g, p)

        return step

    def scan(self, h, length):
        """So many steps, compiled."""
        jax, step = self.jax, self.step_of(h)

        def follow_one(state, target):
            return jax.lax.scan(lambda state, _: (step(state, target), None), state, None, length=length, unroll=8)[0]

        return jax.jit(jax.vmap(follow_one)).lower(self.begun(h), self.target).compile()

    def ready(self, h, steps):
        for length in (1, 100):
            if (length, len(self.logits)) not in self.scans:
                self.scans[length, len(self.logits)] = self.scan(h, length)
        one, hundred = (self.scans[length, len(self.logits)] for length in (1, 100))

        def follow():
            state = self.begun(h)
            for part in [hundred] * (steps // 100) + [one] * (steps % 100):
                state = part(state, self.target)
            self.logits, self.values, *_ = self.jax.block_until_ready(state)

        return follow

    def losses(self):
        a, v, target = (np.asarray(x, "f8") for x in (self.logits, self.values, self.target))
        e = np.exp(a - a.max(axis=1, keepdims=True))
        g = np.einsum("rki,ri->rk", v, e / e.sum(axis=1, keepdims=True)) - target
        return 0.5 * (g * g).sum(axis=1)


class OptaxAdam(JaxFlow):
    """The same with optax's Adam and gradients by jax.grad."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.optax = load("optax")
        cls.description = f"optax {cls.optax.__version__}, {cls.description}"

    def begun(self, h):
        state = self.logits, self.values
        return *state, self.jax.vmap(self.optax.adam(h).init)(state)

    def step_of(self, h):
        jax, optax = self.jax, self.optax

        def loss(state, target):
            a, v = state
            g = v @ jax.nn.softmax(a) - target
            return 0.5 * (g @ g)

        def step(state, target):
            a, v, memory = state
            updates, memory = optax.adam(h).update(jax.grad(loss)((a, v), target), memory)
            return *optax.apply_updates((a, v), updates), memory

        return step


class Diffrax(JaxFlow):
    """diffrax's Tsit5 under vmap, steps controlled by its own PIDController, which with its default coefficients is an integral controller as
    sinkflow's. It differs: the scale of an error is that of each number, an accepted step is never followed by a shorter one, and a rejected one may be
    followed by one of any length. Times are float32."""

    compiled = {}

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.diffrax = load("diffrax")
        cls.description = f"diffrax {cls.diffrax.__version__}, {cls.description}"

    def solve(self, lengths):
        """What takes runs with their first steps to a time, compiled; it gives their states and numbers of steps."""
        jax, diffrax = self.jax, self.diffrax

        def slope(_, state, target):
            a, v = state
            p = jax.nn.softmax(a)
            g = v @ p - target
            pull = v.T @ g
            return -p * (pull - p @ pull), -jax.numpy.outer(g, p)

        def follow_one(state, target, first, end):
            rtol, atol = (float(x) for x in lengths)
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(slope),
                diffrax.Tsit5(),
                t0=0.0,
                t1=end,
                dt0=first,
                y0=state,
                args=target,
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
                max_steps=None,
            )
            a, v = solution.ys
            return (a[0], v[0]), solution.stats["num_accepted_steps"], solution.stats["num_rejected_steps"]

        batched = jax.jit(jax.vmap(follow_one, in_axes=(0, 0, 0, None)))
        return batched.lower((self.logits, self.values), self.target, firsts(len(self.logits)), np.float32(1)).compile()

    def ready(self, lengths, until):
        count = len(self.logits)
        if count not in self.compiled:
            self.compiled[count] = self.solve(lengths)
        first = self.jax.device_put(firsts(count))

        def follow():
            state = self.logits, self.values
            solved = self.compiled[count](state, self.target, first, np.float32(until))
            (self.logits, self.values), accepted, rejected = self.jax.block_until_ready(solved)
            return {"accepted": float(np.mean(accepted)), "rejected": float(np.mean(rejected))}

        return follow


class TritonFlow(TorchCudaFlow):
    """All steps in one kernel: a program follows a block of runs, of the sizes in `blocks` the fastest."""

    blocks = ((1, 1), (4, 1), (8, 1), (16, 4), (32, 4), (64, 4))  # runs, warps
    block = None

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.triton = load("triton")
        cls.kernel = triton_kernel(cls.triton)
        cls.description = f"Triton {cls.triton.__version__}"

    def launch(self, block, h, steps):
        count, width = block
        grid = (self.triton.cdiv(len(self.logits), count),)
        state = self.logits, self.values, self.target
        self.kernel[grid](*state, len(self.logits), steps, h, tokens, dim, count, num_warps=width)

    def ready(self, h, steps):
        torch = self.torch
        begun = self.logits.clone(), self.values.clone()
        times = {}
        for block in self.blocks if self.block is None else (self.block,):
            self.launch(block, h, 1)  # compiles
            torch.cuda.synchronize()
            began = time.perf_counter()
            self.launch(block, h, 200)
            torch.cuda.synchronize()
            times[block] = time.perf_counter() - began
        block = min(times, key=times.get)
        if len(self.logits) == runs:
            TritonFlow.block = block
        self.logits.copy_(begun[0])
        self.values.copy_(begun[1])
        torch.cuda.synchronize()

        def follow():
            self.launch(block, h, steps)
            torch.cuda.synchronize()

        return follow


def triton_kernel(triton):
    global tl  # where Triton looks for it
    tl = load("triton.language")

    def follow(logits, values, target, count, steps, h, N: tl.constexpr, D: tl.constexpr, BLOCK: tl.constexpr):
        run = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        i = tl.arange(0, N)
        k = tl.arange(0, D)
        here = run < count
        at_a = run[:, None] * N + i[None, :]
        at_v = run[:, None, None] * (N * D) + k[None, :, None] * N + i[None, None, :]
        a = tl.load(logits + at_a, mask=here[:, None], other=0.0)
        v = tl.load(values + at_v, mask=here[:, None, None], other=0.0)
        y = tl.load(target + run[:, None] * D + k[None, :], mask=here[:, None], other=0.0)
        for _ in range(steps):
            e = tl.exp(a - tl.max(a, 1)[:, None])
            p = e / tl.sum(e, 1)[:, None]
            g = tl.sum(v * p[:, None, :], 2) - y
            pull = tl.sum(v * g[:, :, None], 1)
            a -= h * p * (pull - tl.sum(p * pull, 1)[:, None])
            v -= h * g[:, :, None] * p[:, None, :]
        tl.store(logits + at_a, a, mask=here[:, None])
        tl.store(values + at_v, v, mask=here[:, None, None])

    return triton.jit(follow, do_not_specialize=["count", "steps"])


flows = {
    "numpy": NumpyFlow,
    "torch": TorchFlow,
    "torch-cuda": TorchCudaFlow,
    "jax": JaxFlow,
    "triton": TritonFlow,
    "diffrax": Diffrax,
    "torch-adam": TorchAdam,
    "torch-cuda-adam": TorchCudaAdam,
    "optax-adam": OptaxAdam,
}
Flow = flows[kind]
Flow.prepare()
tokens, dim, known, known_until = (int(x) for x in np.fromfile(path, "<i4", 4))
step, atol = (float(x) for x in np.fromfile(path, "<f4", 2, offset=16))
h = (step, atol) if kind == "diffrax" else step
words = np.fromfile(path, "<f4", offset=24).reshape(known, tokens + dim * tokens + dim + 4)
losses = words[:, -3]


def firsts(count):
    """The lengths of first steps, where steps adapt."""
    return words[np.arange(count) % known, -4]


def begin(count):
    w = words[np.arange(count) % known]
    at = tokens + dim * tokens
    return Flow(w[:, :tokens], w[:, tokens:at].reshape(-1, dim, tokens), w[:, at : at + dim])


flow = begin(known)
flow.ready(h, known_until)()
say(worst=float(np.abs(flow.losses() / losses - 1).max()), description=Flow.description)

for line in sys.stdin:
    follow = begin(runs).ready(h, int(line))
    began = time.perf_counter()
    steps = follow()
    say(seconds=time.perf_counter() - began, **(steps or {}))
