"""What history, a long line and a million waiting rows cost: the claim, the start, the memory."""
import json
import os
import statistics
import subprocess
import time

from deployment import Deployment, process_figures
from sink import sink
from table import below, report


def scale(options, directory):
    log = directory / "arrivals.log"
    with sink(directory, access_log=log) as port:
        small = Deployment(options.binary, directory / "small", port)
        large = Deployment(options.binary, directory / "large", port)
        fill(options, small, 0, 10_000, 0)
        began = time.monotonic()
        fill(options, large, options.history, options.pending, options.retrying)
        size = large.queue.stat().st_size / 1024 ** 3
        report(f"filled {options.history:,} finished, {options.pending:,} pending, {options.retrying:,} waiting", size, "GiB",
               f"{time.monotonic() - began:,.0f} s")
        compare_rounds(options, small, large)
        first, peak = first_request(large, log)
        below("start to first request", first, "s", 1.0)
        below("RSS at most, in its first seconds", peak, "MiB", 64)


def fill(options, deployment, finished, pending, retrying):
    subprocess.run([options.build / "scale_bench", "fill", deployment.queue, str(finished), str(pending), str(retrying)],
                   check=True)
    os.sync()  # or the first commits wait for the fill to reach the disk


def compare_rounds(options, small, large):
    """In turns, so that both see the same machine. A round is a commit with 32 outcomes and 32 claims."""
    figures = {small: [], large: []}
    for _ in range(min(5, max(3, options.runs))):  # the small queue holds enough for five
        for deployment, seen in figures.items():
            done = subprocess.run([options.build / "scale_bench", "rounds", deployment.queue, "rollback", "50"], check=True,
                                  text=True, capture_output=True)
            seen.append(json.loads(done.stdout))
    for name, what in (("median_ms", "claim and record, 32 + 32 rows"), ("processor_ms", "the same, CPU")):
        base, here = (statistics.median(figure[name] for figure in figures[deployment]) for deployment in (small, large))
        report(what, here, "ms", f"10,000 rows: {base:.2f} ms", here / base, "0.8 to 1.2", here <= 1.2 * base)


def first_request(deployment, log):
    """Seconds from the start of the process to the first PATCH at the sink, and the most memory until five seconds later."""
    began = time.time()
    with deployment.running() as daemon:
        end = time.monotonic() + 60
        arrived = None
        while arrived is None and time.monotonic() < end:
            arrived = first_patch(log)
            time.sleep(0.01)
        if arrived is None:
            raise RuntimeError("no request within a minute")
        time.sleep(5)
        peak = process_figures(daemon.pid)["peak"]
    return arrived - began, peak


def first_patch(log):
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            moment, path = line.split()
            if path.startswith("/v1/customers/"):
                return float(moment)
    return None
