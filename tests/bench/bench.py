#!/usr/bin/env python3
"""Every figure of README.md beside this file, in one table: figure, what it is measured against, ratio, target.

Usage: bench.py BUILD_DIRECTORY [FIGURE...]. Without a figure: all of them.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import traceback

import contention
import figures
import purge
import scale
import table

FIGURES = {"drain": figures.drain, "slow-disk": figures.slow_disk, "latency": figures.latency, "idle": figures.idle,
           "scale": scale.scale, "purge": purge.purge, "purge-whole": purge.purge_whole,
           "producers": contention.producers, "fairness": contention.fairness,
           "enqueue": figures.enqueue, "micro": figures.micro}
# Takes ten minutes, and a disk with 15 GB to spare.
ONLY_IF_NAMED = {"purge-whole"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(FIGURES))
    parser.add_argument("--runs", type=int, default=5, help="of each figure, of which the median counts")
    parser.add_argument("--rows", type=int, default=40_000, help="of a drain")
    parser.add_argument("--backlog", type=int, default=300_000, help="rows queued before the producers begin")
    parser.add_argument("--bulk", type=int, default=1_000_000, help="lines of the enqueue figure")
    parser.add_argument("--history", type=int, default=1_000_000, help="finished rows of the scale figure")
    parser.add_argument("--pending", type=int, default=100_000, help="pending ones")
    parser.add_argument("--retrying", type=int, default=100_000, help="pending ones that wait, each for another time")
    parser.add_argument("--purge-slices", type=int, default=6, help="of ten seconds each, by turns without and with retention")
    parser.add_argument("--purge-pending", type=int, default=1_000_000, help="rows to be drained meanwhile")
    parser.add_argument("--idle-seconds", type=int, default=30)
    parser.add_argument("--fair-rate", type=int, default=500, help="rows a second of the fairness figure")
    parser.add_argument("--fair-timeout", default="2s", help="api.request_timeout of the fairness figure")
    options = parser.parse_intermixed_args()
    options.build = options.build.resolve()
    options.binary = options.build / "rfi-submitd"
    if unknown := set(options.figures) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    return options


def main():
    options = parse()
    failed = []
    for name in options.figures or [name for name in FIGURES if name not in ONLY_IF_NAMED]:
        with tempfile.TemporaryDirectory(prefix="rfi-bench-", dir=os.environ.get("RFI_BENCH_DIRECTORY")) as directory:
            try:
                FIGURES[name](options, pathlib.Path(directory))
            except Exception:  # one figure that fails must not cost the others
                traceback.print_exc()
                failed.append(name)
    table.print_all()
    for name in failed:
        print(f"{name}: could not be measured, see above")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
