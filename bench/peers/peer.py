"""What the peers have in common: data in memory, nnc's start values, and the clock. Needs numpy, which both peers bring."""

import argparse
import csv
import gzip
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from workloads import FIRST_STEPS, MADE, WORKLOADS, Workload


class Peer(Protocol):
    """A framework with a workload's network, its parameters and its data inside."""

    def first_step(self) -> None:
        """All that lies between the data in memory and a step that can be called."""

    def call(self) -> float:
        """Trains `epochs_a_call` epochs and waits for their end; returns the last epoch's mean loss."""

    def losses(self, order: np.ndarray) -> list[float]:
        """Trains a step on the rows of each line; returns the loss of each."""

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float: ...


def read_idx(path: Path) -> np.ndarray:
    raw = gzip.open(path).read()
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def read_data(workload: Workload, root: Path, part: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels: images as u8[N, 784] with i32 classes, else f32 with f32[N, outputs]."""
    if workload.data == "":
        return np.float32([[0, 0], [0, 1], [1, 0], [1, 1]]), np.float32([[0], [1], [1], [0]])
    if workload.data == MADE:
        return np.load(root / "x.npy"), np.load(root / "y.npy")
    folder = root / workload.data
    if workload.data == "mnist":
        prefix = folder / ("train" if part == "train" else "t10k")
        images, labels = read_idx(Path(f"{prefix}-images-idx3-ubyte.gz")), read_idx(Path(f"{prefix}-labels-idx1-ubyte.gz"))
        return images.reshape(len(images), -1), labels.astype(np.int32)
    with open(folder / "boston.csv", newline="") as file:
        table = np.array([row for row in csv.reader(file)][1 : workload.rows + 1], dtype=np.float64)
    x = table[:, :-1]
    x = (x - x.mean(0)) / x.std(0, ddof=1)
    return x.astype(np.float32), table[:, -1:].astype(np.float32)


def read_start(path: str, workload: Workload) -> list[np.ndarray]:
    """W and b of each layer from the weights file that nnc wrote before its first step."""
    raw = Path(path).read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    values = []
    for names, shape in workload.tensors():
        tensor = next((header[name] for name in names if name in header), {})
        if tensor.get("shape") != shape:
            raise SystemExit(f"{path}: expected {' or '.join(names)} of shape {shape}, found {tensor or 'none'}")
        begin, end = (8 + length + offset for offset in tensor["data_offsets"])
        values.append(np.frombuffer(raw[begin:end], np.float32).reshape(shape))
    return values


def orders(workload: Workload, random: np.random.Generator) -> np.ndarray:
    """Shuffled rows of one call, i32[steps, batch]; drawn anew each epoch, in the time that is measured."""
    steps = workload.steps_an_epoch
    rows = np.tile(np.arange(workload.rows, dtype=np.int32), (workload.epochs_a_call, 1))
    if workload.batch < workload.rows:  # else the order changes nothing, and the peer is spared it
        rows = random.permuted(rows, axis=1)
    return rows[:, : steps * workload.batch].reshape(-1, workload.batch)


def seconds(run: Callable[[], Any], wall: bool = True) -> float:
    """On the wall's clock, or on the processor's where that says less: on one core it can't say more."""
    processor, begin = time.process_time(), time.perf_counter()
    run()
    elapsed, used = time.perf_counter() - begin, time.process_time() - processor
    return elapsed if wall else min(elapsed, used)


def microseconds_a_step(peer: Peer, workload: Workload, wall: bool) -> float:
    """Of a warm peer: a longer run less one call, over the steps that it has more."""
    short = min(seconds(peer.call, wall) for _ in range(2))
    more = max(2, math.ceil(0.5 / short))
    long = seconds(lambda: [peer.call() for _ in range(1 + more)], wall)
    return (long - short) * 1e6 / (more * workload.epochs_a_call * workload.steps_an_epoch)


def first_losses(peer: Peer, workload: Workload) -> dict[str, float]:
    """Of a new peer's first steps, on the rows as they lie."""
    rows = np.arange(FIRST_STEPS * workload.batch, dtype=np.int32) % workload.rows
    values = peer.losses(rows.reshape(FIRST_STEPS, workload.batch))
    return {f"loss_{number + 1}": value for number, value in enumerate(values)}


def main(make: Callable[[Workload, list[np.ndarray], np.ndarray, np.ndarray, str], Peer], versions: Callable[[], str],
         ways: tuple[str, ...]) -> None:
    """WORKLOAD EPOCHS START DATA: trains from START's values and prints one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("epochs", type=int, help="after which loss and accuracy are looked at")
    parser.add_argument("start", help="weights file with the start values")
    parser.add_argument("data", type=Path, help="folder below which the workload's data lie")
    parser.add_argument("--way", choices=ways, default=ways[0])
    parser.add_argument("--wall", action="store_true", help="steps on the wall's clock, not the processor's")
    parser.add_argument("--train-only", action="store_true", help="no timing of steps")
    flags = parser.parse_args()
    workload = WORKLOADS[flags.workload]
    if flags.epochs % workload.epochs_a_call != 0:
        raise SystemExit(f"{workload.name}: epochs come by {workload.epochs_a_call}, found {flags.epochs}")
    start = read_start(flags.start, workload)
    data = read_data(workload, flags.data)
    peer = make(workload, list(start), *data, flags.way)
    found: dict[str, Any] = {"version": versions(), "first_step": seconds(peer.first_step)}
    for _ in range(flags.epochs // workload.epochs_a_call):
        found["loss"] = peer.call()
    if workload.data == "mnist":
        found["accuracy"] = peer.accuracy(*read_data(workload, flags.data, "test"))
    if not flags.train_only:
        found["step"] = microseconds_a_step(peer, workload, flags.wall)
        found |= first_losses(make(workload, list(start), *data, flags.way), workload)
    json.dump(found, sys.stdout)
    print()
