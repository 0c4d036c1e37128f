"""Drain, slow disk, latency, idle, bulk enqueue, micro-benchmarks: what each means is in README.md beside this file."""
import json
import shutil
import statistics
import subprocess
import time

from deployment import BODY, Deployment, process_figures
from sink import sink, wrk
from table import at_least, below, report

JOURNALS = ((False, "rollback journal"), (True, "WAL"))


def drain_rates(options, directory, port, wal, before=(), submission="", rows=None):
    rows = rows or options.rows
    rates = []
    for run in range(options.runs):
        home = directory / f"drain-{wal}-{len(before)}-{run}"
        deployment = Deployment(options.binary, home, port, wal=wal, submission=submission)
        deployment.enqueue(rows)
        rates.append(rows / deployment.drain(before))
        deployment.must_have_submitted(rows)
        shutil.rmtree(home)
    return statistics.median(rates)


def drain(options, directory):
    """wrk before, between and after, so that the ratio is of the same minutes."""
    with sink(directory) as port:
        wire = [wrk(directory, port, BODY, 3)]
        rates = []
        for wal, _ in JOURNALS:
            rates.append([drain_rates(options, directory, port, wal, submission=submission)
                          for submission in ("max_open = 256", "")])
            wire.append(wrk(directory, port, BODY, 3))
        peer = statistics.median(wire)
        report("wrk -t1 -c32, the same PATCH", peer, "requests/s")
        for (_, name), (rate, usual), wanted, part in zip(JOURNALS, rates, (10_000, 20_000), (0.25, 0.5)):
            at_least(f"drain, {name}, max_open = 256", rate, "rows/s", wanted, "wrk", rate / peer, part)
            report(f"drain, {name}, max_open as it comes", usual, "rows/s", "wrk", usual / peer)


def slow_disk(options, directory):
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
              "-e", "inject=fdatasync,fsync:delay_exit=10000"]
    with sink(directory) as port:
        rate = drain_rates(options, directory, port, False, strace, "max_in_flight = 128", rows=5000)
    at_least("drain, fsync + 10 ms, 128 in flight", rate, "rows/s", 1500)


def latency(options, _):
    for journal, limits in (("rollback", (2, 8)), ("wal", (1, 5))):
        quantiles = {"p50_ms": [], "p99_ms": []}
        for _ in range(options.runs):
            done = subprocess.run([options.build / "latency_bench", options.binary, journal, "500"], check=True, text=True,
                                  capture_output=True)
            for name, values in quantiles.items():
                values.append(json.loads(done.stdout)[name])
        for (name, values), limit in zip(quantiles.items(), limits):
            below(f"commit to first byte, {journal}, {name[:3]}", statistics.median(values), "ms", limit)


def idle(options, directory):
    with sink(directory) as port:
        deployment = Deployment(options.binary, directory / "idle", port)
        deployment.enqueue(100)
        with deployment.running() as daemon:
            time.sleep(5)
            before = process_figures(daemon.pid)
            time.sleep(options.idle_seconds)
            after = process_figures(daemon.pid)
        deployment.must_have_submitted(100)
    written = after["written"] - before["written"]
    below("idle: a core's time", 100 * (after["cpu"] - before["cpu"]) / options.idle_seconds, "%", 0.1)
    report("idle: written to disk", written, "bytes", target="0", met=written == 0)
    below("idle: RSS", after["rss"], "MiB", 25)


def enqueue(options, directory):
    """The file is written beforehand; the queue is new. Memory is measured on a quarter of the lines as well."""
    with sink(directory) as port:
        rates, peaks = [], {}
        for rows in (options.bulk // 4, *[options.bulk] * min(options.runs, 3)):
            deployment = Deployment(options.binary, directory / "enqueue", port)
            rates.append(rows / deployment.enqueue(rows))
            peaks[rows] = deployment.enqueue_peak_mib
            shutil.rmtree(deployment.directory)
        at_least(f"enqueue of {options.bulk:,} JSON Lines", statistics.median(rates[1:]), "rows/s", 100_000)
        few, all_of_them = peaks.values()
        enough = options.bulk >= 1_000_000  # a quarter of fewer lines does not fill SQLite's page cache
        report("enqueue: RSS at most", all_of_them, "MiB", "a quarter of the lines", all_of_them / few, "flat",
               all_of_them < 1.2 * few if enough else None)


def micro(options, _):
    program = options.build / "micro_bench"
    if not program.exists():
        report("micro-benchmarks: Google Benchmark is not installed", None, "")
        return
    done = subprocess.run([program, "--benchmark_format=json"], check=True, text=True, capture_output=True)
    for result in json.loads(done.stdout)["benchmarks"]:
        scale = {"ns": 1e-3, "us": 1.0, "ms": 1e3}[result["time_unit"]]
        report(result["name"].split("/iterations")[0], result["real_time"] * scale, "us",
               f"{result['cpu_time'] * scale:,.2f} us of CPU")
