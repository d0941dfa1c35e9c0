"""nnc beside JAX (XLA) and PyTorch in one run: microseconds a step, and how many times nnc's that is.

All sides share the same cores, one or as many as `--threads` says, and take turns, so that a busy machine hurts them alike;
each figure is the least of the turns. With one core steps are counted on the processor's clock: on a quiet machine the wall's
says the same. With several they are counted on the wall's.
Exits 1 where final losses or accuracies do not agree: then the work was not equal, and the times mean nothing."""

import argparse
import json
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from made import write_made
from workloads import MADE, WORKLOADS, Workload

ROOT = Path(__file__).resolve().parents[2]
ACCURACY_SPREAD = 0.01  # of the test rows
WHOLE_EPOCHS = 10  # of MNIST, as one command

Found = dict[str, float]  # "step" in microseconds, "first_step" and "whole" in seconds, "loss", "accuracy"


class SideFailed(Exception):
    """A side that can't be measured; the text says why."""


class SideMissing(SideFailed):
    """A peer that is not installed: the others run all the same."""


def run(command: list[str]) -> str:
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        raise SideFailed(f"'{' '.join(command)}' ended with {ended.returncode}:\n{ended.stderr or ended.stdout}")
    return ended.stdout


def wall_seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    run(command)
    return time.perf_counter() - begin


def processor_seconds(command: list[str]) -> float:
    """Of the whole command, in it and in the kernel for it; on one core that is no more than has gone by on the wall's
    clock, whatever a virtual machine's accounts say."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = wall_seconds(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return min(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


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
            # A step of size 0, as without a step nothing is written. Not by `run`: a file whose `expect` finds the untrained
            # network wanting ends with 5.
            step = self.train(workload, "start", "--steps", "1", "--train.optimizer", "sgd(0)")
            ended = subprocess.run(step, capture_output=True, text=True)
            if ended.returncode not in (0, 5):
                raise SideFailed(f"'{' '.join(step)}' ended with {ended.returncode}:\n{ended.stderr}")
        return self.weights(workload, "start")

    def version(self) -> str:
        return run([self.binary, "--version"]).strip()

    def measure(self, workload: Workload) -> Found:
        short, long = workload.nnc_epochs
        clock = processor_seconds if self.threads == 1 else wall_seconds
        seconds = clock(self.train_epochs(workload, long)) - clock(self.train_epochs(workload, short))
        steps = (long - short) * workload.rows / workload.batch  # a short last batch counts as its part of a step
        told = run(self.train_epochs(workload, workload.epochs_compared) + ["--time-passes"])
        found = {
            "step": seconds * 1e6 / steps,
            "first_step": number_after(told, r"([\d.]+) ms +frontend \(.*builds?") / 1e3,
            "loss": number_after(told, r"train\.loss ([-+.\deE]+)"),
        }
        return found | self.accuracy(workload)

    def whole(self, workload: Workload) -> Found:
        command = self.train_epochs(workload, WHOLE_EPOCHS) + ["--train.test", "mnist.test"]
        begin = time.perf_counter()
        run(command)
        return {"whole": time.perf_counter() - begin} | self.accuracy(workload)

    def accuracy(self, workload: Workload) -> Found:
        if workload.data != "mnist":
            return {}
        scored = json.loads(run([self.binary, "eval", str(ROOT / workload.file), self.weights(workload, "run"), "--json",
                                 "--target", self.target]))
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
        found = json.loads(run(command))
        if "missing" in found:
            raise SideMissing(f"{self.name} is left out: it needs {found['missing']}")
        self.told_version = found.pop("version")
        return found

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


def least(turns: list[Found]) -> Found:
    """Of each figure. Losses and accuracies are the same in each turn, so it is theirs too."""
    return {key: min(turn[key] for turn in turns) for key in turns[0]}


def disagreements(found: dict[str, Found], loss_spread: float) -> list[str]:
    """What differs between the sides of a workload, each as a sentence; losses by their share of the largest."""
    wrong = []
    for key, allowed in (("loss", loss_spread), ("accuracy", ACCURACY_SPREAD)):
        values = {side: figures[key] for side, figures in found.items() if key in figures}
        if not values:
            continue
        scale = max(abs(value) for value in values.values()) if key == "loss" else 1.0
        apart = max(values.values()) - min(values.values())
        if apart > allowed * scale or any(math.isnan(value) for value in values.values()):
            listed = ", ".join(f"{side} {value:.6g}" for side, value in values.items())
            wrong.append(f"{key} differs by more than {allowed * scale:.3g}: {listed}")
    return wrong


@dataclass
class Results:
    sides: list[str]
    figures: dict[str, dict[str, Found]] = field(default_factory=dict)  # by title of the workload, then by side

    def table(self, title: str, key: str, scale: float, form: str, ratios: bool = True) -> str:
        """Rows of the workloads that have the figure; beside it how many times nnc's it is."""
        lines = [f"{title:<34}" + "".join(f"{side:>20}" for side in self.sides)]
        for workload, found in self.figures.items():
            cells = []
            for side in self.sides:
                value = found.get(side, {}).get(key)
                ours = found.get("nnc", {}).get(key)
                cell = "-" if value is None else format(value * scale, form)
                if ratios:
                    ratio = f"({value / ours:.3g} x)" if value is not None and ours and side != "nnc" else ""
                    cell += f" {ratio:>9}"
                cells.append(cell)
            if any(cell.strip() != "-" for cell in cells):
                lines.append(f"  {workload:<32}" + "".join(f"{cell:>20}" for cell in cells))
        return "\n".join(lines) + "\n" if len(lines) > 1 else ""

    def text(self) -> str:
        tables = (
            self.table("microseconds a step", "step", 1, ".4g"),
            self.table("ms to the first step", "first_step", 1e3, ".4g"),
            self.table(f"seconds, {WHOLE_EPOCHS} epochs as one command", "whole", 1, ".3g"),
            self.table("final training loss", "loss", 1, ".5g", ratios=False),
            self.table("test accuracy, %", "accuracy", 100, ".2f", ratios=False),
        )
        return "\n".join(table for table in tables if table)


def take_turns(sides: list[Side], turns: int, measure: Callable[[Side], Found]) -> dict[str, Found]:
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
    return {name: least(figures) for name, figures in found.items()}


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
    """One core each, for this process and all that it starts."""
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
    parser.add_argument("--target", choices=("native", "avx2"), default="native",
                        help="the latest instructions that any side may use (default: native, this machine's)")
    parser.add_argument("--threads", type=int, default=1, help="of each side, on as many cores (default: 1)")
    flags = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    if not 1 <= flags.threads <= cores:
        parser.error(f"--threads: found {flags.threads}, expected 1 to {cores}, the cores that this process may use")
    for name in flags.workload:
        if name not in WORKLOADS:
            parser.error(f"unknown workload '{name}': there are {', '.join(WORKLOADS)}")
    if flags.turns < 1:
        parser.error(f"--turns: found {flags.turns}, expected 1 or more")
    busy = os.getloadavg()[0]
    limit_threads(flags.threads)
    os.environ.update(peers_limited_to(flags.target))
    wrong = []
    with tempfile.TemporaryDirectory(prefix="nnc-peers-") as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        nnc = Nnc(flags.nnc, Path(folder), flags.target, flags.threads)
        sides: list[Side] = [
            nnc,
            Peer("JAX scan", flags.jax_python, "jax_steps.py", "scan", "jax (pip)", nnc),
            Peer("JAX jit", flags.jax_python, "jax_steps.py", "jit", "jax (pip)", nnc),
            Peer("PyTorch", flags.torch_python, "torch_steps.py", "eager", "python3-torch (Debian)", nnc),
            Peer("PyTorch compile", flags.torch_python, "torch_steps.py", "compile", "torch (pip)", nnc),
        ]
        results = Results([side.name for side in sides])
        for workload in chosen_workloads(flags.workload):
            print(f"measuring {workload.name} …", file=sys.stderr)
            found = take_turns(sides, flags.turns, lambda side: side.measure(workload))
            wrong += [f"{workload.name}: {line}" for line in disagreements(found, workload.spread)]
            results.figures[f"{workload.name} {workload.title}"] = found
            if workload.name == "mnist":
                found = take_turns(sides, flags.turns, lambda side: side.whole(workload))
                wrong += [f"{workload.name}, {WHOLE_EPOCHS} epochs: {line}" for line in disagreements(found, 0)]
                results.figures[f"mnist, {WHOLE_EPOCHS} epochs"] = found
        versions = dict.fromkeys(side.version() for side in sides)
        results.sides = [side.name for side in sides]
    print(f"{', '.join(versions)}")
    each = "one core and one thread" if flags.threads == 1 else f"{flags.threads} cores and as many threads"
    print(f"{cpu_model()}, target {flags.target}, {each} for each side, load before the run {busy:.1f}\n")
    print(results.text())
    print("First step: nnc reads, compiles and links all that the run needs, evaluation too; JAX traces and compiles;\n"
          "PyTorch runs one step, and compiles it before where the side is named so.\n"
          "The start of Python, imports and the reading of the data are left out there, and are in the whole command.")
    for line in wrong:
        print(f"NOT COMPARABLE: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SideFailed as failure:
        sys.exit(str(failure))
