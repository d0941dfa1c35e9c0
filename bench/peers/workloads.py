"""The networks that are compared. Each is the same program on every side: same data, start values, loss, optimizer, f32."""

from dataclasses import dataclass

MADE = "made"
FIRST_STEPS = 3  # whose losses all sides compare, on the same rows


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    file: str  # the program, from the repository's root
    sizes: tuple[int, ...]  # of the dense layers, input first
    batch: int
    rows: int  # that are trained on; a short batch at an epoch's end is left out by the peers
    lr: float
    epochs_a_call: int  # that the peers give to their framework at once, where it takes more than a step
    epochs_compared: int  # after which losses must agree; whole calls
    nnc_epochs: tuple[int, int]  # the shorter and the longer run whose difference is nnc's time
    spread: float  # of the final losses, of the largest: the order of the rows differs between the sides
    data: str = "mnist"  # its folder below NNC_DATA; MADE for what made.py writes; "" for none
    hidden: str = "relu"  # or gelu; or sigmoid, which is then the output's too
    loss: str = "cross_entropy"  # or mse
    optimizer: str = "sgd"  # or adam
    convolutions: tuple[tuple[int, ...], ...] = ()  # weights of those before, [out, in, 5, 5], each with relu and a pool of 2
    flags: tuple[str, ...] = ()  # of 'nnc train': what the workload sets otherwise than its file

    @property
    def needs_folder(self) -> bool:
        """Whether it reads files that lie below NNC_DATA."""
        return self.data not in ("", MADE)

    def tensors(self) -> list[tuple[tuple[str, ...], list[int]]]:
        """W and b of each layer as nnc's files have them: the names that they may have, and the shape."""
        found: list[tuple[tuple[str, ...], list[int]]] = []
        for layer, shape in enumerate(self.convolutions):
            found += [((f"net.conv2d_{layer}.W",), list(shape)), ((f"net.conv2d_{layer}.b",), [shape[0]])]
        for layer, (inputs, outputs) in enumerate(zip(self.sizes, self.sizes[1:])):
            for kind, shape in (("W", (inputs, outputs)), ("b", (outputs,))):  # xor.nn spells them out
                found.append(((f"net.dense_{layer}.{kind}", f"net.{kind}{layer + 1}"), list(shape)))
        return found

    @property
    def steps_an_epoch(self) -> int:
        """Full batches only."""
        return self.rows // self.batch


ADAM = ("--train.optimizer", "adam(1e-3)")

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("xor", "2-4-1 b4 SGD", "examples/xor.nn", (2, 4, 1), 4, 4, 2.0, 5000, 5000,
                 (200_000, 4_200_000), 0.01, data="", hidden="sigmoid", loss="mse"),
        Workload("boston", "13-64-64-1 b32 Adam", "bench/peers/boston.nn", (13, 64, 64, 1), 32, 480, 1e-3, 100, 100,
                 (500, 4500), 0.2, data="housing", loss="mse", optimizer="adam"),
        Workload("mnist", "784-50-10 b100 SGD", "bench/mnist_sgd.nn", (784, 50, 10), 100, 60_000, 0.1, 1, 2,
                 (2, 6), 0.1),
        Workload("mnist-adam", "784-50-10 b100 Adam", "bench/mnist_sgd.nn", (784, 50, 10), 100, 60_000, 1e-3, 1, 2,
                 (2, 6), 0.1, optimizer="adam", flags=ADAM),
        Workload("mlp", "784-512-512-10 b128 SGD", "bench/peers/mlp.nn", (784, 512, 512, 10), 128, 60_000, 0.1, 1, 1,
                 (1, 2), 0.1),
        Workload("mlp-adam", "784-512-512-10 b128 Adam", "bench/peers/mlp.nn", (784, 512, 512, 10), 128, 60_000, 1e-3, 1, 1,
                 (1, 2), 0.1, optimizer="adam", flags=ADAM),
        Workload("lenet", "LeNet-5 b64 Adam", "bench/peers/lenet.nn", (400, 120, 84, 10), 64, 60_000, 1e-3, 1, 1,
                 (1, 2), 0.1, optimizer="adam", convolutions=((6, 1, 5, 5), (16, 6, 5, 5))),
        Workload("wide", "1024-4096-4096-1024 b256 SGD", "bench/peers/wide.nn", (1024, 4096, 4096, 1024), 256, 1024, 50.0, 1, 2,
                 (1, 4), 0.05, data=MADE, hidden="gelu", loss="mse"),
    )
}

# Kingma and Ba's constants, as in nnc's library.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
