"""That the driver computes ratios right, leaves out who is missing, and fails where the work was not equal."""

import contextlib
import dataclasses
import io
import json
import os
import tempfile
import unittest
from array import array
from unittest import mock

import compare
import made
import results


class Figures(unittest.TestCase):
    def test_least_is_taken_of_each_figure(self) -> None:
        turns = [{"step": 3.0, "whole": 1.0}, {"step": 2.0, "whole": 4.0}]
        self.assertEqual(results.least(turns), {"step": 2.0, "whole": 1.0})
        self.assertEqual(results.spread(turns, "step"), 0.5)

    def test_command_is_measured(self) -> None:
        ended = compare.run(["sh", "-c", "echo told; exit 5"], allowed=(5,))
        self.assertEqual(ended.text, "told\n")
        self.assertGreater(ended.memory, 100_000)
        self.assertLessEqual(ended.one_core(), ended.wall)
        with self.assertRaisesRegex(compare.SideFailed, "ended with 5:\nwrong"):
            compare.run(["sh", "-c", "echo wrong >&2; exit 5"])

    def test_accuracy_is_the_share_on_the_diagonal(self) -> None:
        self.assertEqual(compare.share_on_diagonal([[3, 1], [2, 4]]), 0.7)

    def test_number_is_read_or_missed_loudly(self) -> None:
        self.assertEqual(compare.number_after("  train.loss 2.5e-05\n", r"train\.loss ([-+.\deE]+)"), 2.5e-5)
        with self.assertRaises(compare.SideFailed):
            compare.number_after("no loss here", r"train\.loss ([-+.\deE]+)")

    def test_nnc_is_timed_by_difference(self) -> None:
        told = "  20.5 ms  in all\n  31.5 ms  frontend (1 elaboration, 2 graphs) and 2 builds\n  train.loss 0.25\n"
        ended = [compare.Ended("", wall, processor, 0) for wall, processor in ((0.5, 0.6), (0.9, 0.74))]
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, {"NNC_DATA": "/data"}))
            stack.enter_context(mock.patch.object(compare, "run", side_effect=[*ended, compare.Ended(told, 1.0, 1.0, 4096)]))
            stack.enter_context(mock.patch.object(compare.Nnc, "first_losses", return_value={"loss_1": 0.5}))
            found = compare.Nnc("nnc", compare.Path("/tmp")).measure(compare.WORKLOADS["boston"])
        self.assertAlmostEqual(found["step"], 0.24e6 / ((4500 - 500) * 15))
        self.assertAlmostEqual(found["first_step"], 0.0315)
        self.assertEqual({key: found[key] for key in ("loss", "memory", "loss_1")}, {"loss": 0.25, "memory": 4096, "loss_1": 0.5})


class Files(unittest.TestCase):
    def test_every_figure_is_written(self) -> None:
        machine = results.Machine("Some(R) CPU @ 2", "native", 2, 0.5, peak=2e9)
        turns = {"nnc": [{"step": 4.0, "memory": 2**20}, {"step": 2.0, "memory": 2**20}], "JAX": [{"step": 5.0, "memory": 2**21}]}
        found = results.Results(machine, ["nnc", "JAX"], ["nnc 1"], [results.Measured(compare.WORKLOADS["xor"], turns, work=400.0)])
        with tempfile.TemporaryDirectory() as folder:
            page = found.write(compare.Path(folder) / "new")
            text, told = page.read_text(), json.loads(page.with_suffix(".json").read_text())
        self.assertEqual(page.name, "some-cpu-2-2t.md")
        self.assertIn("| nnc | 2 | 100% | - | 2e+06 | 5% | - | 1 |", text)
        self.assertIn("| JAX | 5 | 0% | 2.5 | 8e+05 | 2% | - | 2 |", text)
        self.assertEqual(told["steps"]["xor"]["nnc"]["turns"], turns["nnc"])
        self.assertEqual(told["steps"]["xor"]["JAX"]["times_nnc"], 2.5)


class Limits(unittest.TestCase):
    def test_peers_get_no_later_instructions_than_nnc(self) -> None:
        self.assertEqual(compare.peers_limited_to("native"), {})
        with mock.patch.dict(os.environ, {"XLA_FLAGS": "--one"}):
            self.assertEqual(compare.peers_limited_to("avx2")["XLA_FLAGS"], "--one --xla_cpu_max_isa=AVX2")


class Agreement(unittest.TestCase):
    def test_within_the_spread(self) -> None:
        self.assertEqual(compare.disagreements({"nnc": {"loss": 0.95}, "JAX": {"loss": 1.0}}, 0.1), [])

    def test_losses_apart(self) -> None:
        (line,) = compare.disagreements({"nnc": {"loss": 0.5}, "JAX": {"loss": 1.0}}, 0.1)
        self.assertIn("nnc 0.5, JAX 1", line)

    def test_losses_of_a_step_apart(self) -> None:
        found = {"nnc": {"loss_2": 1.0, "loss": 1.0}, "JAX": {"loss_2": 1.001, "loss": 1.0}}
        (line,) = compare.disagreements(found, 0.1)
        self.assertIn("loss of step 2 differs by more than 0.0001", line)

    def test_accuracies_apart(self) -> None:
        found = {"nnc": {"loss": 1.0, "accuracy": 0.94}, "JAX": {"loss": 1.0, "accuracy": 0.96}}
        self.assertEqual(len(compare.disagreements(found, 0.1)), 1)

    def test_a_loss_that_is_no_number(self) -> None:
        for first, second in ((float("nan"), 1.0), (1.0, float("nan"))):
            self.assertEqual(len(compare.disagreements({"nnc": {"loss": first}, "JAX": {"loss": second}}, 0.1)), 1)


class RealNnc(unittest.TestCase):
    @unittest.skipUnless("NNC_BINARY" in os.environ, "needs NNC_BINARY, the compiler")
    def test_start_and_figures_are_found(self) -> None:
        workload = dataclasses.replace(compare.WORKLOADS["xor"], nnc_epochs=(5000, 6000))
        with tempfile.TemporaryDirectory() as folder:
            nnc = compare.Nnc(os.environ["NNC_BINARY"], compare.Path(folder))
            self.assertTrue(compare.Path(nnc.start(workload)).exists())
            found = nnc.measure(workload)
            self.assertEqual(set(found), {"step", "first_step", "memory", "loss", "loss_1", "loss_2", "loss_3"})
            self.assertEqual(len({found[f"loss_{step}"] for step in (1, 2, 3)}), 3)
            work, peak = nnc.work_and_peak(workload)
            self.assertGreater(peak, work)


class MadeData(unittest.TestCase):
    def test_numpy_files_of_whole_rows(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            made.write_made(compare.Path(folder), rows=3, width=2)
            x, y = ((compare.Path(folder) / name).read_bytes() for name in ("x.npy", "y.npy"))
        self.assertEqual(x[:10], b"\x93NUMPY\x01\x00\x76\x00")
        self.assertIn(b"'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)", x[10:128])
        x_numbers, y_numbers = array("f", x[128:]), array("f", y[128:])
        self.assertEqual(len(x_numbers), 6)
        self.assertEqual(list(y_numbers[:2]), [x_numbers[1], x_numbers[0]])


class Run(unittest.TestCase):
    def compare(self, peers: list[compare.Found | Exception]) -> tuple[int, str, str]:
        """Exit code and both streams of `peers xor` where nnc takes 2 µs and the peers, in their order, give `peers`."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(compare.Nnc, "measure", return_value={"step": 2.0, "loss": 1.0}))
            stack.enter_context(mock.patch.object(compare.Nnc, "version", return_value="nnc 1"))
            stack.enter_context(mock.patch.object(compare.Peer, "measure", side_effect=peers))
            stack.enter_context(mock.patch.object(compare.Nnc, "work_and_peak", return_value=(100.0, 1e9)))
            stack.enter_context(mock.patch.object(compare, "limit_threads"))
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            stack.enter_context(mock.patch("sys.argv", ["compare.py", "xor", "--turns", "1", "--results", folder]))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            code = compare.main()
        return code, out.getvalue(), err.getvalue()

    def test_ratios_stand_beside_the_figures(self) -> None:
        code, out, _ = self.compare([{"step": step, "loss": 1.0} for step in (5.0, 6.0, 1.0, 3.0, 9.0)])
        self.assertEqual(code, 0)
        for cell in ("5   (2.5 x)", "6     (3 x)", "1   (0.5 x)", "3   (1.5 x)", "9   (4.5 x)"):
            self.assertIn(cell, out)

    def test_unequal_work_fails(self) -> None:
        code, _, err = self.compare([{"step": 5.0, "loss": loss} for loss in (1.0, 1.0, 2.0, 1.0, 1.0)])
        self.assertEqual(code, 1)
        self.assertIn("NOT COMPARABLE: xor: loss differs", err)

    def test_a_missing_peer_leaves_the_others(self) -> None:
        gone = compare.SideMissing("JAX scan is left out: it needs jax (pip)")
        code, out, err = self.compare([gone] + [{"step": step, "loss": 1.0} for step in (6.0, 1.0, 3.0, 9.0)])
        self.assertEqual(code, 0)
        self.assertIn("it needs jax (pip)", err)
        self.assertNotIn("JAX scan", out)
        self.assertIn("6     (3 x)", out)

    def test_a_peer_that_breaks_is_no_missing_one(self) -> None:
        with self.assertRaises(compare.SideFailed):
            self.compare([compare.SideFailed("ended with 1")])


if __name__ == "__main__":
    unittest.main()
