"""PyTorch's side, eager or compiled. The faster choices measured for it: images scaled once to f32, rows gathered in the
step, gradients asked for without the accumulation of `backward`, the eager update of all parameters in one call, the compiled
step as one graph with its update."""

import json
import os
import sys
import sysconfig
from pathlib import Path

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print(json.dumps({"missing": "python3-torch (Debian)"}))
    raise SystemExit(0)

import numpy as np

from peer import main, orders
from workloads import BETA1, BETA2, EPSILON, Workload


def blas() -> str:
    """The library behind a matrix product, once one has run: Debian's reference BLAS would be no opponent."""
    if torch.backends.mkl.is_available():  # inside the wheel's own library, so not seen below
        return "MKL"
    torch.ones(8, 8) @ torch.ones(8, 8)
    with open("/proc/self/maps") as maps:
        loaded = maps.read().lower()
    return next((name for name in ("openblas", "blis") if name in loaded), "")


def convolved(workload: Workload, parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The images behind the convolutions, flat; the first keeps their size."""
    x = x.view(-1, 1, 28, 28)
    for layer in range(len(workload.convolutions)):
        weights, bias = parameters[2 * layer : 2 * layer + 2]
        x = F.max_pool2d(torch.relu(F.conv2d(x, weights, bias, padding=2 if layer == 0 else 0)), 2)
    return x.flatten(1)


def forward(workload: Workload, parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    if workload.convolutions:
        x = convolved(workload, parameters, x)
        parameters = parameters[2 * len(workload.convolutions) :]
    for layer in range(0, len(parameters), 2):
        x = torch.addmm(parameters[layer + 1], x, parameters[layer])
        if workload.hidden == "sigmoid":
            x = torch.sigmoid(x)
        elif layer + 2 < len(parameters):
            x = F.gelu(x, approximate="tanh") if workload.hidden == "gelu" else torch.relu(x)
    return x


def loss(workload: Workload, parameters: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = forward(workload, parameters, x)
    return F.mse_loss(out, y) if workload.loss == "mse" else F.cross_entropy(out, y)


def what_compile_lacks() -> str:
    """What is missing for `torch.compile`, which builds C++ with Python's headers."""
    if not hasattr(torch, "compile"):
        return "PyTorch 2 or later (pip)"
    return "" if (Path(sysconfig.get_path("include")) / "Python.h").exists() else "python3-dev (Debian)"


class Torch:
    def __init__(self, workload: Workload, start: list[np.ndarray], x: np.ndarray, y: np.ndarray, way: str) -> None:
        self.workload = workload
        self.x, self.y = self.tensors(x, y)
        self.random = np.random.default_rng(1)
        self.parameters = [torch.tensor(value, requires_grad=True) for value in start]
        self.m = [torch.zeros_like(value) for value in self.parameters]
        self.v = [torch.zeros_like(value) for value in self.parameters]
        self.done = 0
        self.way = way
        if way == "compile":
            for value in self.parameters:
                value.requires_grad_(False)
            self.steps_done = torch.zeros(())
            self.compiled = torch.compile(self.whole_step, fullgraph=True, dynamic=False)

    @staticmethod
    def tensors(x: np.ndarray, y: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        images = torch.tensor(x).float() / 255 if x.dtype == np.uint8 else torch.tensor(x)
        return images, torch.tensor(y).long() if y.dtype == np.int32 else torch.tensor(y)

    def update(self, gradients: tuple[torch.Tensor, ...]) -> None:
        if self.workload.optimizer == "sgd":
            torch._foreach_add_(self.parameters, gradients, alpha=-self.workload.lr)
            return
        self.done += 1
        rate, scale = self.workload.lr / (1 - BETA1**self.done), (1 - BETA2**self.done) ** -0.5
        torch._foreach_mul_(self.m, BETA1)
        torch._foreach_add_(self.m, gradients, alpha=1 - BETA1)
        torch._foreach_mul_(self.v, BETA2)
        torch._foreach_addcmul_(self.v, gradients, gradients, 1 - BETA2)
        roots = torch._foreach_sqrt(self.v)
        torch._foreach_mul_(roots, scale)
        torch._foreach_add_(roots, EPSILON)
        torch._foreach_addcdiv_(self.parameters, self.m, roots, -rate)

    def batch(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (self.x[rows], self.y[rows]) if self.workload.batch < self.workload.rows else (self.x, self.y)

    def whole_step(self, rows: torch.Tensor) -> torch.Tensor:
        """What is compiled; as nothing but tensors changes from step to step, once."""
        x, y = self.batch(rows)
        gradients, value = torch.func.grad_and_value(lambda w: loss(self.workload, w, x, y))(self.parameters)
        if self.workload.optimizer == "sgd":
            for w, g in zip(self.parameters, gradients):
                w.sub_(self.workload.lr * g)
            return value
        self.steps_done.add_(1)
        rate, scale = self.workload.lr / (1 - BETA1**self.steps_done), (1 - BETA2**self.steps_done).rsqrt()
        for w, m, v, g in zip(self.parameters, self.m, self.v, gradients):
            m.copy_(BETA1 * m + (1 - BETA1) * g)
            v.copy_(BETA2 * v + (1 - BETA2) * g * g)
            w.sub_(rate * m / (v.sqrt() * scale + EPSILON))
        return value

    def step(self, rows: torch.Tensor) -> torch.Tensor:
        if self.way == "compile":
            return self.compiled(rows)
        value = loss(self.workload, self.parameters, *self.batch(rows))
        gradients = torch.autograd.grad(value, self.parameters)
        with torch.no_grad():
            self.update(gradients)
        return value.detach()

    def first_step(self) -> None:
        start = [value.detach().clone() for value in self.parameters]
        self.step(torch.from_numpy(orders(self.workload, self.random)[0]).long())
        with torch.no_grad():  # back to the start: every side takes the same number of steps
            for value, old in zip(self.parameters, start):
                value.copy_(old)
            torch._foreach_zero_(self.m)
            torch._foreach_zero_(self.v)
        self.done = 0
        if self.way == "compile":
            self.steps_done.zero_()

    def call(self) -> float:
        order = torch.from_numpy(orders(self.workload, self.random)).long()
        values = [self.step(rows) for rows in order.unbind()]
        return float(torch.stack(values[-self.workload.steps_an_epoch :]).mean())

    def losses(self, order: np.ndarray) -> list[float]:
        return [float(self.step(rows)) for rows in torch.from_numpy(order).long().unbind()]

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        images, labels = self.tensors(x, y)
        with torch.no_grad():
            return float((forward(self.workload, self.parameters, images).argmax(1) == labels).float().mean())


torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
library = blas()
if not library:
    print(json.dumps({"missing": "libopenblas0-pthread (Debian): torch would multiply with the reference BLAS"}))
    raise SystemExit(0)
if "compile" in sys.argv and what_compile_lacks():
    print(json.dumps({"missing": what_compile_lacks()}))
    raise SystemExit(0)
main(Torch, lambda: f"PyTorch {torch.__version__} ({library})", ("eager", "compile"))
