"""Keras' side, on TensorFlow: `fit` over rows that are already in their order, so that its own shuffling costs nothing."""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import keras
    import tensorflow as tf
except ImportError:
    print(json.dumps({"missing": "tensorflow-cpu (pip)"}))
    raise SystemExit(0)

import numpy as np

from peer import main, orders
from workloads import BETA1, BETA2, EPSILON, Workload


def gelu(x: tf.Tensor) -> tf.Tensor:
    return keras.activations.gelu(x, approximate=True)


def network(workload: Workload) -> keras.Model:
    hidden = gelu if workload.hidden == "gelu" else workload.hidden
    layers = [keras.Input((784 if workload.convolutions else workload.sizes[0],))]
    for layer, (channels, *_) in enumerate(workload.convolutions):
        layers += [keras.layers.Reshape((28, 28, 1))] if layer == 0 else []
        layers.append(keras.layers.Conv2D(channels, 5, padding="same" if layer == 0 else "valid", activation="relu"))
        layers.append(keras.layers.MaxPooling2D(2))
    layers += [keras.layers.Flatten()] if workload.convolutions else []
    layers += [keras.layers.Dense(size, activation=hidden) for size in workload.sizes[1:-1]]
    layers.append(keras.layers.Dense(workload.sizes[-1], activation="sigmoid" if workload.hidden == "sigmoid" else None))
    return keras.Sequential(layers)


def channels_last(workload: Workload, start: list[np.ndarray]) -> list[np.ndarray]:
    """The start values where images lie as [height, width, channels]."""
    values = list(start)
    for layer in range(len(workload.convolutions)):
        values[2 * layer] = values[2 * layer].transpose(2, 3, 1, 0)
    if workload.convolutions:
        dense, channels = 2 * len(workload.convolutions), workload.convolutions[-1][0]
        side = int((workload.sizes[0] // channels) ** 0.5)
        rows = values[dense].reshape(channels, side, side, -1)
        values[dense] = rows.transpose(1, 2, 0, 3).reshape(values[dense].shape)
    return values


class Keras:
    def __init__(self, workload: Workload, start: list[np.ndarray], x: np.ndarray, y: np.ndarray, way: str) -> None:
        self.workload = workload
        self.x, self.y = self.images(x), y
        self.random = np.random.default_rng(1)
        self.model = network(workload)
        self.model.set_weights(channels_last(workload, start))
        optimizer: keras.Optimizer = keras.optimizers.SGD(workload.lr)
        if workload.optimizer == "adam":
            optimizer = keras.optimizers.Adam(workload.lr, BETA1, BETA2, EPSILON)
        entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer, "mse" if workload.loss == "mse" else entropy)
        optimizer.build(self.model.trainable_variables)

    @staticmethod
    def images(x: np.ndarray) -> np.ndarray:
        return x.astype(np.float32) / 255 if x.dtype == np.uint8 else x

    def variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def fit(self, order: np.ndarray) -> float:
        """The mean loss of these steps."""
        rows = order.reshape(-1)
        told = self.model.fit(self.x[rows], self.y[rows], batch_size=self.workload.batch, shuffle=False, verbose=0)
        return float(told.history["loss"][0])

    def first_step(self) -> None:
        start = [np.array(variable) for variable in self.variables()]
        self.fit(orders(self.workload, self.random)[:1])
        for variable, old in zip(self.variables(), start):  # back to the start: every side takes the same number of steps
            variable.assign(old)

    def call(self) -> float:
        order = orders(self.workload, self.random)
        last = self.workload.steps_an_epoch
        if len(order) > last:
            self.fit(order[:-last])
        return self.fit(order[-last:])

    def losses(self, order: np.ndarray) -> list[float]:
        return [self.fit(rows) for rows in order]

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        return float(np.mean(np.argmax(self.model.predict(self.images(x), verbose=0), axis=1) == y))


tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
tf.config.threading.set_inter_op_parallelism_threads(1)
main(Keras, lambda: f"Keras {keras.__version__} (TensorFlow {tf.__version__})", ("fit",))
