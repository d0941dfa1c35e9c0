"""PyTorch's side, eager. The faster choices measured for it: images scaled once to f32, rows gathered in the step, gradients
asked for without the accumulation of `backward`, the update of all parameters in one call."""

import json

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
    torch.ones(8, 8) @ torch.ones(8, 8)
    with open("/proc/self/maps") as maps:
        loaded = maps.read().lower()
    return next((name for name in ("openblas", "mkl_", "blis") if name in loaded), "")


def forward(workload: Workload, parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for layer in range(0, len(parameters), 2):
        x = torch.addmm(parameters[layer + 1], x, parameters[layer])
        if workload.hidden == "sigmoid":
            x = torch.sigmoid(x)
        elif layer + 2 < len(parameters):
            x = F.gelu(x, approximate="tanh") if workload.hidden == "gelu" else torch.relu(x)
    return x


class Torch:
    def __init__(self, workload: Workload, start: list[np.ndarray], x: np.ndarray, y: np.ndarray, way: str) -> None:
        self.workload = workload
        self.x, self.y = self.tensors(x, y)
        self.random = np.random.default_rng(1)
        self.parameters = [torch.tensor(value, requires_grad=True) for value in start]
        self.m = [torch.zeros_like(value) for value in self.parameters]
        self.v = [torch.zeros_like(value) for value in self.parameters]
        self.done = 0

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

    def step(self, rows: torch.Tensor) -> torch.Tensor:
        x, y = self.x, self.y
        if self.workload.batch < self.workload.rows:
            x, y = x[rows], y[rows]
        out = forward(self.workload, self.parameters, x)
        value = F.mse_loss(out, y) if self.workload.loss == "mse" else F.cross_entropy(out, y)
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

    def call(self) -> float:
        order = torch.from_numpy(orders(self.workload, self.random)).long()
        values = [self.step(rows) for rows in order.unbind()]
        return float(torch.stack(values[-self.workload.steps_an_epoch :]).mean())

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        images, labels = self.tensors(x, y)
        with torch.no_grad():
            return float((forward(self.workload, self.parameters, images).argmax(1) == labels).float().mean())


torch.set_num_threads(1)
library = blas()
if not library:
    print(json.dumps({"missing": "libopenblas0-pthread (Debian): torch would multiply with the reference BLAS"}))
    raise SystemExit(0)
main(Torch, lambda: f"PyTorch {torch.__version__} ({library}, eager)", ("eager",))
