"""What a run of the peers' bench has found: as a table to read at once, and as files that can be compared later."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from workloads import Workload

Found = dict[str, float]  # "step" in microseconds, "first_step" and "whole" in seconds, "memory" in bytes, losses, "accuracy"

WHOLE_EPOCHS = 10  # of MNIST, as one command


def least(turns: list[Found]) -> Found:
    """Of each figure. Losses and accuracies are the same in each turn, so it is theirs too."""
    return {key: min(turn[key] for turn in turns) for key in turns[0]}


def spread(turns: list[Found], key: str) -> float:
    """How far the slowest turn lies above the least, as a share of the least."""
    values = [turn[key] for turn in turns]
    return max(values) / min(values) - 1


@dataclass
class Machine:
    cpu: str
    target: str
    threads: int  # of each side
    load: float  # before the run
    peak: float = 0.0  # f32 operations a second of one core, as nnc calibrates it; 0 while unknown

    def words(self) -> str:
        each = "one core and one thread" if self.threads == 1 else f"{self.threads} cores and as many threads"
        return f"{self.cpu}, target {self.target}, {each} for each side, load before the run {self.load:.1f}"

    def file_name(self) -> str:
        """Runs that can't be compared have files of their own."""
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", self.cpu.lower())).strip("-")
        return name + ("" if self.target == "native" else f"-{self.target}") + f"-{self.threads}t"


@dataclass
class Measured:
    """One workload: what each side found in each turn."""

    workload: Workload
    turns: dict[str, list[Found]]  # by side
    work: float = 0.0  # f32 operations of a step; 0 where unknown

    def least(self) -> dict[str, Found]:
        return {side: least(turns) for side, turns in self.turns.items()}

    def side(self, name: str, machine: Machine) -> dict[str, object]:
        """All that is said of a side, for the files."""
        turns = self.turns[name]
        figures = least(turns)
        told: dict[str, object] = {"least": figures, "turns": turns}
        if "step" not in figures:
            return told
        told["spread"] = spread(turns, "step")
        told["examples_a_second"] = self.workload.batch / (figures["step"] * 1e-6)
        if self.work and machine.peak:
            told["share_of_peak"] = self.work / (figures["step"] * 1e-6) / (machine.peak * machine.threads)
        if name != "nnc" and "nnc" in self.turns:
            told["times_nnc"] = figures["step"] / least(self.turns["nnc"])["step"]
        return told


def cell(told: dict[str, object], key: str, form: str) -> str:
    return format(told[key], form) if key in told else "-"


@dataclass
class Results:
    machine: Machine
    sides: list[str]
    versions: list[str] = field(default_factory=list)
    steps: list[Measured] = field(default_factory=list)
    whole: list[Measured] = field(default_factory=list)  # training as one command

    def text(self) -> str:
        """To read at once: a table a figure, how many times nnc's each is beside it."""
        tables = (
            self.table("microseconds a step", "step", 1, ".4g"),
            self.table("ms to the first step", "first_step", 1e3, ".4g"),
            self.table("MiB at most", "memory", 1 / 2**20, ".0f"),
            self.table(f"seconds, {WHOLE_EPOCHS} epochs as one command", "whole", 1, ".3g"),
            self.table("final training loss", "loss", 1, ".5g", ratios=False),
            self.table("test accuracy, %", "accuracy", 100, ".2f", ratios=False),
        )
        return "\n".join(table for table in tables if table)

    def rows(self) -> list[tuple[str, dict[str, Found]]]:
        steps = [(f"{measured.workload.name} {measured.workload.title}", measured.least()) for measured in self.steps]
        return steps + [(f"{measured.workload.name}, {WHOLE_EPOCHS} epochs", measured.least()) for measured in self.whole]

    def table(self, title: str, key: str, scale: float, form: str, ratios: bool = True) -> str:
        lines = [f"{title:<34}" + "".join(f"{side:>20}" for side in self.sides)]
        for workload, found in self.rows():
            cells = []
            for side in self.sides:
                value = found.get(side, {}).get(key)
                ours = found.get("nnc", {}).get(key)
                text = "-" if value is None else format(value * scale, form)
                if ratios:
                    ratio = f"({value / ours:.3g} x)" if value is not None and ours and side != "nnc" else ""
                    text += f" {ratio:>9}"
                cells.append(text)
            if any(text.strip() != "-" for text in cells):
                lines.append(f"  {workload:<32}" + "".join(f"{text:>20}" for text in cells))
        return "\n".join(lines) + "\n" if len(lines) > 1 else ""

    def markdown(self) -> str:
        """A table a workload, a line a side."""
        lines = [f"# {self.machine.words()}", "", ", ".join(self.versions), "",
                 f"One core's f32 peak: {self.machine.peak / 1e9:.0f} GFLOP/s. The step is the least of the turns; the spread is how "
                 "far the slowest lies above it.", ""]
        for measured in self.steps:
            lines += [f"## {measured.workload.name}: {measured.workload.title}", "",
                      "| side | step, µs | spread | × nnc | examples/s | share of peak | first step, ms | memory, MiB |",
                      "|---|---|---|---|---|---|---|---|"]
            for name in measured.turns:
                told = measured.side(name, self.machine)
                figures = told["least"]
                memory = f"{figures['memory'] / 2**20:.0f}" if "memory" in figures else "-"
                first = f"{figures['first_step'] * 1e3:.4g}" if "first_step" in figures else "-"
                lines.append(f"| {name} | {figures['step']:.4g} | {cell(told, 'spread', '.0%')} | {cell(told, 'times_nnc', '.3g')} | "
                             f"{cell(told, 'examples_a_second', '.4g')} | {cell(told, 'share_of_peak', '.0%')} | {first} | {memory} |")
            lines.append("")
        return "\n".join(lines)

    def as_json(self) -> str:
        workloads = {measured.workload.name: {name: measured.side(name, self.machine) for name in measured.turns}
                     for measured in self.steps}
        whole = {measured.workload.name: {name: measured.side(name, self.machine) for name in measured.turns}
                 for measured in self.whole}
        return json.dumps({"machine": vars(self.machine), "versions": self.versions, "steps": workloads, "whole": whole}, indent=1)

    def write(self, folder: Path) -> Path:
        """Both files; returns the one to read."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.machine.file_name()}.json").write_text(self.as_json() + "\n")
        page = folder / f"{self.machine.file_name()}.md"
        page.write_text(self.markdown())
        return page
