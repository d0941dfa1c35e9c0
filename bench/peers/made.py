"""Data that no side has a file of: inputs drawn evenly from −1 to 1, and as targets each row's numbers backwards."""

import random
import sys
from array import array
from pathlib import Path


def write_npy(path: Path, values: array, width: int) -> None:
    """f32[rows, width] as NumPy saves it, without NumPy: whoever only runs nnc need not have it."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values) // width}, {width})}}"
    header = header.ljust(117) + "\n"  # so that the numbers begin at byte 128
    if sys.byteorder == "big":
        values = array("f", values)
        values.byteswap()
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values.tobytes())


def write_made(folder: Path, rows: int, width: int) -> None:
    """x.npy and y.npy, the same in each run."""
    draw = random.Random(1).random
    x = array("f", (2 * draw() - 1 for _ in range(rows * width)))
    y = array("f")
    for begin in range(0, len(x), width):
        y.extend(reversed(x[begin : begin + width]))
    write_npy(folder / "x.npy", x, width)
    write_npy(folder / "y.npy", y, width)
