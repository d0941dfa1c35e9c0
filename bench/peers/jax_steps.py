"""JAX's side: one `jit` a step, or `lax.scan` over all the steps of a call. The faster choices measured for it: u8 images
are gathered and scaled inside the step, parameters are donated, some weights are stored as [outputs, inputs], short steps
are unrolled in the scan."""

import json

try:
    import jax
    import jax.numpy as jnp
    import jaxlib
except ImportError:
    print(json.dumps({"missing": "jax (pip)"}))
    raise SystemExit(0)

import numpy as np

from peer import main, orders
from workloads import BETA1, BETA2, EPSILON, Workload

# The layers whose weights XLA's products like better so.
TRANSPOSED = {"mnist": (0,), "mnist-adam": (0,), "mlp": (2,), "mlp-adam": (2,), "wide": (0,)}


def convolved(workload: Workload, parameters: list[jax.Array], x: jax.Array) -> jax.Array:
    """The images behind the convolutions, flat; the first keeps their size. Channels stand last inside, as XLA has them faster."""
    x = x.reshape(-1, 28, 28, 1)
    for layer in range(len(workload.convolutions)):
        weights, bias = parameters[2 * layer : 2 * layer + 2]
        border = [(2, 2), (2, 2)] if layer == 0 else "VALID"
        x = jax.lax.conv_general_dilated(x, weights, (1, 1), border, dimension_numbers=("NHWC", "OIHW", "NHWC"))
        x = jax.lax.reduce_window(jnp.maximum(x + bias, 0), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)


def forward(workload: Workload, parameters: list[jax.Array], x: jax.Array) -> jax.Array:
    if x.dtype == jnp.uint8:
        x = x.astype(jnp.float32) * (1 / 255)
    if workload.convolutions:
        x = convolved(workload, parameters, x)
        parameters = parameters[2 * len(workload.convolutions) :]
    for layer in range(0, len(parameters), 2):
        weights = parameters[layer].T if layer // 2 in TRANSPOSED.get(workload.name, ()) else parameters[layer]
        x = x @ weights + parameters[layer + 1]
        if workload.hidden == "sigmoid":
            x = jax.nn.sigmoid(x)
        elif layer + 2 < len(parameters):
            x = jax.nn.gelu(x, approximate=True) if workload.hidden == "gelu" else jnp.maximum(x, 0)
    return x


def loss(workload: Workload, parameters: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
    out = forward(workload, parameters, x)
    if workload.loss == "mse":
        return jnp.mean((out - y) ** 2)
    return jnp.mean(jax.nn.logsumexp(out, axis=-1) - jnp.take_along_axis(out, y[:, None], axis=1)[:, 0])


def adam(lr: float, state: tuple, gradients: list[jax.Array]) -> tuple:
    """(w, m, v, steps done) after one more step."""
    w, m, v, done = state
    step = done + 1
    rate, scale = lr / (1 - BETA1**step), 1 / jnp.sqrt(1 - BETA2**step)
    m = [BETA1 * a + (1 - BETA1) * g for a, g in zip(m, gradients)]
    v = [BETA2 * a + (1 - BETA2) * g * g for a, g in zip(v, gradients)]
    w = [a - rate * b / (jnp.sqrt(c) * scale + EPSILON) for a, b, c in zip(w, m, v)]
    return w, m, v, step


class Jax:
    def __init__(self, workload: Workload, start: list[np.ndarray], x: np.ndarray, y: np.ndarray, way: str) -> None:
        self.workload, self.way = workload, way
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        self.random = np.random.default_rng(1)
        for layer in TRANSPOSED.get(workload.name, ()):
            start[2 * layer] = start[2 * layer].T
        w = [jnp.asarray(value) for value in start]
        self.state: tuple = (w,)
        if workload.optimizer == "adam":
            self.state = (w, [jnp.zeros_like(a) for a in w], [jnp.zeros_like(a) for a in w], jnp.float32(0))
        self.jitted = jax.jit(self.step, donate_argnums=0)
        self.unroll = 4 if max(workload.sizes) < 50 else 1

    def step(self, state: tuple, rows: jax.Array, x: jax.Array, y: jax.Array) -> tuple:
        if self.workload.batch < self.workload.rows:
            x, y = x[rows], y[rows]
        value, gradients = jax.value_and_grad(lambda w: loss(self.workload, w, x, y))(state[0])
        if self.workload.optimizer == "adam":
            return adam(self.workload.lr, state, gradients), value
        return ([w - self.workload.lr * g for w, g in zip(state[0], gradients)],), value

    def steps(self, state: tuple, order: jax.Array, x: jax.Array, y: jax.Array) -> tuple:
        return jax.lax.scan(lambda s, rows: self.step(s, rows, x, y), state, order, unroll=self.unroll)

    def first_step(self) -> None:
        order = orders(self.workload, self.random)
        if self.way == "scan":
            scan = jax.jit(self.steps, donate_argnums=0)
            self.scanned = scan.lower(self.state, order, self.x, self.y).compile()
        else:
            copy = jax.tree.map(jnp.copy, self.state)  # a call that compiles, with its result thrown away
            jax.block_until_ready(self.jitted(copy, order[0], self.x, self.y))

    def call(self) -> float:
        order = orders(self.workload, self.random)
        if self.way == "scan":
            self.state, losses = self.scanned(self.state, order, self.x, self.y)
        else:
            losses = []
            for rows in order:
                self.state, value = self.jitted(self.state, rows, self.x, self.y)
                losses.append(value)
        jax.block_until_ready(self.state)
        return float(np.mean(jax.device_get(losses[-self.workload.steps_an_epoch :])))

    def losses(self, order: np.ndarray) -> list[float]:
        if self.way == "scan":
            self.state, values = jax.jit(self.steps)(self.state, order, self.x, self.y)
            return [float(value) for value in values]
        values = []
        for rows in order:
            self.state, value = self.jitted(self.state, rows, self.x, self.y)
            values.append(float(value))
        return values

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        return float(np.mean(np.argmax(forward(self.workload, self.state[0], jnp.asarray(x)), axis=-1) == y))


main(Jax, lambda: f"JAX {jax.__version__} (jaxlib {jaxlib.__version__})", ("scan", "jit"))
