"""nnc beside JAX (XLA), PyTorch and Keras in one run: microseconds a step, and how many times nnc's that is.

All sides share the same cores, one or as many as `--threads` says, and take turns, so that a busy machine hurts them alike;
each figure is the least of the turns. With one core steps are counted on the processor's clock: on a quiet machine the wall's
says the same. With several they are counted on the wall's.
Exits 1 where the losses of the first steps, final losses or accuracies do not agree: then the work was not equal, and the times mean nothing."""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from made import write_made
from results import WHOLE_EPOCHS, Found, Machine, Measured, Results
from workloads import FIRST_STEPS, MADE, WORKLOADS, Workload

ROOT = Path(__file__).resolve().parents[2]
ACCURACY_SPREAD = 0.01  # of the test rows
STEP_SPREAD = 1e-4  # of the losses of the first steps, on the same rows, of the largest


class SideFailed(Exception):
    """A side that can't be measured; the text says why."""


class SideMissing(SideFailed):
    """A peer that is not installed: the others run all the same."""


@dataclass
class Ended:
    """A command that has done well."""

    text: str
    wall: float  # seconds
    processor: float  # seconds, in it and in the kernel for it
    memory: int  # bytes that it held at most

    def one_core(self) -> float:
        """Seconds on a processor; on one core that is no more than has gone by on the wall's clock, whatever a virtual
        machine's accounts say."""
        return min(self.wall, self.processor)


def run(command: list[str], allowed: tuple[int, ...] = (0,)) -> Ended:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text = out.read()
        if process.returncode not in allowed:
            raise SideFailed(f"'{' '.join(command)}' ended with {process.returncode}:\n{err.read() or text}")
        return Ended(text, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def number_after(text: str, pattern: str) -> float:
    """The number that the pattern's one group finds in what a command printed."""
    match = re.search(pattern, text)
    if match is None:
        raise SideFailed(f"expected '{pattern}' in:\n{text}")
    return float(match[1])


@dataclass
class Nnc:
    binary: str
    folder: Path  # for weights, and for the data of a workload that has made ones
    target: str = "native"
    threads: int = 1
    name: str = "nnc"

    def weights(self, workload: Workload, kind: str) -> str:
        return str(self.folder / f"{workload.name}.{kind}.safetensors")

    def train(self, workload: Workload, kind: str, *flags: str) -> list[str]:
        return [self.binary, "train", str(ROOT / workload.file), "--data", self.data(workload), "--target", self.target,
                "--threads", str(self.threads), "--out", self.weights(workload, kind), "--force", *flags]

    def train_epochs(self, workload: Workload, epochs: int) -> list[str]:
        return self.train(workload, "run", *workload.flags, "--epochs", str(epochs))

    def data(self, workload: Workload) -> str:
        """The folder below which all sides look for the workload's data."""
        if workload.data == MADE and not (self.folder / "x.npy").exists():
            write_made(self.folder, workload.rows, workload.sizes[0])
        return os.environ["NNC_DATA"] if workload.needs_folder else str(self.folder)

    def start(self, workload: Workload) -> str:
        """The weights file from which all sides start."""
        if not Path(self.weights(workload, "start")).exists():
            # A step of size 0, as without a step nothing is written; a file whose `expect` finds the untrained network
            # wanting ends with 5.
            step = self.train(workload, "start", "--steps", "1", "--train.optimizer", "sgd(0)")
            run(step, allowed=(0, 5))
        return self.weights(workload, "start")

    def version(self) -> str:
        return run([self.binary, "--version"]).text.strip()

    def work_and_peak(self, workload: Workload) -> tuple[float, float]:
        """f32 operations of a step, and how many one core can do in a second."""
        told = json.loads(run([self.binary, "profile", str(ROOT / workload.file), "--data", self.data(workload), "--target",
                               self.target, *workload.flags, "--json"]).text)
        return sum(kernel["flops_f32"] * kernel["calls"] for kernel in told["kernels"]), told["a_second"]["f32 peak"]

    def first_losses(self, workload: Workload) -> Found:
        """Of the first steps, on the rows as they lie."""
        log = self.folder / "first.csv"
        run(self.train(workload, "run", *workload.flags, "--init", self.start(workload), "--steps", str(FIRST_STEPS),
                       "--train.shuffle", "false", "--log", str(log)), allowed=(0, 5))
        rows = log.read_text().splitlines()[1:]
        return {f"loss_{number + 1}": float(row.split(",")[2]) for number, row in enumerate(rows)}

    def measure(self, workload: Workload) -> Found:
        short, long = (run(self.train_epochs(workload, epochs)) for epochs in workload.nnc_epochs)
        seconds = long.one_core() - short.one_core() if self.threads == 1 else long.wall - short.wall
        epochs = workload.nnc_epochs[1] - workload.nnc_epochs[0]
        steps = epochs * workload.rows / workload.batch  # a short last batch counts as its part of a step
        told = run(self.train_epochs(workload, workload.epochs_compared) + ["--time-passes"])
        found = {
            "step": seconds * 1e6 / steps,
            "first_step": number_after(told.text, r"([\d.]+) ms +frontend \(.*builds?") / 1e3,
            "memory": told.memory,
            "loss": number_after(told.text, r"train\.loss ([-+.\deE]+)"),
        }
        return found | self.accuracy(workload) | self.first_losses(workload)

    def whole(self, workload: Workload) -> Found:
        command = self.train_epochs(workload, WHOLE_EPOCHS) + ["--train.test", "mnist.test"]
        return {"whole": run(command).wall} | self.accuracy(workload)

    def accuracy(self, workload: Workload) -> Found:
        if workload.data != "mnist":
            return {}
        scored = json.loads(run([self.binary, "eval", str(ROOT / workload.file), self.weights(workload, "run"), "--json",
                                 "--target", self.target]).text)
        return {"accuracy": share_on_diagonal(scored["confusion"])}


@dataclass
class Peer:
    name: str
    python: str
    script: str
    way: str
    package: str
    nnc: Nnc  # which has the start values and the folder of the data
    told_version: str = ""

    def run(self, workload: Workload, epochs: int, *flags: str) -> Found:
        if not Path(self.python).exists():
            raise SideMissing(f"{self.name} is left out: it needs {self.package}, there is no {self.python}")
        script = str(Path(__file__).parent / self.script)
        start, data = self.nnc.start(workload), self.nnc.data(workload)
        clock = ("--wall",) if self.nnc.threads > 1 else ()
        command = [self.python, script, workload.name, str(epochs), start, data, "--way", self.way, *clock, *flags]
        ended = run(command)
        found = json.loads(ended.text)
        if "missing" in found:
            raise SideMissing(f"{self.name} is left out: it needs {found['missing']}")
        self.told_version = found.pop("version")
        return found | {"memory": ended.memory}

    def version(self) -> str:
        return self.told_version

    def measure(self, workload: Workload) -> Found:
        return self.run(workload, workload.epochs_compared)

    def whole(self, workload: Workload) -> Found:
        self.nnc.start(workload)  # not in the time
        begin = time.perf_counter()
        found = self.run(workload, WHOLE_EPOCHS, "--train-only")
        return {"whole": time.perf_counter() - begin, "accuracy": found["accuracy"]}


Side = Nnc | Peer


def share_on_diagonal(confusion: list[list[int]]) -> float:
    return sum(row[at] for at, row in enumerate(confusion)) / sum(map(sum, confusion))


def disagreements(found: dict[str, Found], loss_spread: float) -> list[str]:
    """What differs between the sides of a workload, each as a sentence; losses by their share of the largest."""
    wrong = []
    first = [(f"loss_{number + 1}", STEP_SPREAD) for number in range(FIRST_STEPS)]
    for key, allowed in (*first, ("loss", loss_spread), ("accuracy", ACCURACY_SPREAD)):
        values = {side: figures[key] for side, figures in found.items() if key in figures}
        if not values:
            continue
        scale = max(abs(value) for value in values.values()) if key.startswith("loss") else 1.0
        apart = max(values.values()) - min(values.values())
        if apart > allowed * scale or any(math.isnan(value) for value in values.values()):
            listed = ", ".join(f"{side} {value:.6g}" for side, value in values.items())
            name = key.replace("loss_", "loss of step ")
            wrong.append(f"{name} differs by more than {allowed * scale:.3g}: {listed}")
    return wrong


def take_turns(sides: list[Side], turns: int, measure: Callable[[Side], Found]) -> dict[str, list[Found]]:
    """Each side once a turn; one that is missing is taken out of `sides`, one that fails ends everything."""
    found: dict[str, list[Found]] = {}
    for _ in range(turns):
        for side in list(sides):
            try:
                figures = measure(side)
                found.setdefault(side.name, []).append(figures)
            except SideMissing as missing:
                print(missing, file=sys.stderr)
                sides.remove(side)
    return found


def torch_python() -> str:
    """build/torch's where somebody has made it, else Debian's."""
    own = ROOT / "build/torch/bin/python"
    return str(own) if own.exists() else "/usr/bin/python3"


def cpu_model() -> str:
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return match[1] if match else "unknown CPU"


def peers_limited_to(target: str) -> dict[str, str]:
    """The environment in which the peers use no later instructions than nnc's target."""
    if target != "avx2":
        return {}
    return {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell", "XLA_FLAGS": os.environ.get("XLA_FLAGS", "") + " --xla_cpu_max_isa=AVX2"}


def limit_threads(threads: int) -> None:
    """As many cores, for this process and all that it starts."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)
    several = "true" if threads > 1 else "false"
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={several} intra_op_parallelism_threads={threads}"
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # each turn compiles from the source
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def chosen_workloads(names: list[str]) -> list[Workload]:
    workloads = [WORKLOADS[name] for name in names or WORKLOADS]
    if "NNC_DATA" not in os.environ and any(workload.needs_folder for workload in workloads):
        workloads = [workload for workload in workloads if not workload.needs_folder]
        print("NNC_DATA is not set: only the workloads without its data can run, xor and wide", file=sys.stderr)
        if not workloads:
            sys.exit(1)
    return workloads


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench peers", description=__doc__.split("\n")[0])
    parser.add_argument("workload", nargs="*", help=f"of {', '.join(WORKLOADS)} (default: all)")
    parser.add_argument("--turns", type=int, default=3, help="each figure is the least of so many (default: 3)")
    parser.add_argument("--nnc", default=str(ROOT / "build/release/tools/nnc/nnc"))
    parser.add_argument("--jax-python", default=str(ROOT / "build/peers/bin/python"), help="one that has JAX")
    parser.add_argument("--torch-python", default=torch_python(), help="one that has PyTorch")
    parser.add_argument("--keras-python", default=str(ROOT / "build/keras/bin/python"), help="one that has TensorFlow")
    parser.add_argument("--target", choices=("native", "avx2"), default="native",
                        help="the latest instructions that any side may use (default: native, this machine's)")
    parser.add_argument("--threads", type=int, default=1, help="of each side, on as many cores (default: 1)")
    parser.add_argument("--results", default=str(ROOT / "bench/results"),
                        help="where the figures are written, a file a machine (default: bench/results)")
    flags = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    if not 1 <= flags.threads <= cores:
        parser.error(f"--threads: found {flags.threads}, expected 1 to {cores}, the cores that this process may use")
    for name in flags.workload:
        if name not in WORKLOADS:
            parser.error(f"unknown workload '{name}': there are {', '.join(WORKLOADS)}")
    if flags.turns < 1:
        parser.error(f"--turns: found {flags.turns}, expected 1 or more")
    machine = Machine(cpu_model(), flags.target, flags.threads, os.getloadavg()[0])
    limit_threads(flags.threads)
    os.environ.update(peers_limited_to(flags.target))
    with tempfile.TemporaryDirectory(prefix="nnc-peers-") as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        results, wrong = compare(flags, machine, Path(folder))
    print(", ".join(results.versions))
    print(machine.words() + "\n")
    print(results.text())
    print("First step: nnc reads, compiles and links all that the run needs, evaluation too; JAX traces and compiles;\n"
          "PyTorch and Keras run one step, and compile it before where they compile.\n"
          "The start of Python, imports and the reading of the data are left out there, and are in the whole command and in\n"
          "the memory.\n")
    print(f"written: {results.write(Path(flags.results))}, and the same as .json")
    for line in wrong:
        print(f"NOT COMPARABLE: {line}", file=sys.stderr)
    return 1 if wrong else 0


def compare(flags: argparse.Namespace, machine: Machine, folder: Path) -> tuple[Results, list[str]]:
    """What all sides found, and where they do not agree."""
    nnc = Nnc(flags.nnc, folder, flags.target, flags.threads)
    sides: list[Side] = [
        nnc,
        Peer("JAX scan", flags.jax_python, "jax_steps.py", "scan", "jax (pip)", nnc),
        Peer("JAX jit", flags.jax_python, "jax_steps.py", "jit", "jax (pip)", nnc),
        Peer("PyTorch", flags.torch_python, "torch_steps.py", "eager", "python3-torch (Debian)", nnc),
        Peer("PyTorch compile", flags.torch_python, "torch_steps.py", "compile", "torch (pip)", nnc),
        Peer("Keras", flags.keras_python, "keras_steps.py", "fit", "tensorflow-cpu (pip)", nnc),
    ]
    results, wrong = Results(machine, []), []
    for workload in chosen_workloads(flags.workload):
        print(f"measuring {workload.name} …", file=sys.stderr)
        work, machine.peak = nnc.work_and_peak(workload)
        measured = Measured(workload, take_turns(sides, flags.turns, lambda side: side.measure(workload)), work)
        wrong += [f"{workload.name}: {line}" for line in disagreements(measured.least(), workload.spread)]
        results.steps.append(measured)
        if workload.name == "mnist":
            whole = Measured(workload, take_turns(sides, flags.turns, lambda side: side.whole(workload)))
            wrong += [f"{workload.name}, {WHOLE_EPOCHS} epochs: {line}" for line in disagreements(whole.least(), 0)]
            results.whole.append(whole)
    results.sides = [side.name for side in sides]
    results.versions = list(dict.fromkeys(side.version() for side in sides))
    return results, wrong


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SideFailed as failure:
        sys.exit(str(failure))
