#!/usr/bin/env python3
"""Every figure of README.md beside this file, in one table: figure, what it is measured against, ratio.

Usage: bench.py BUILD_DIRECTORY [FIGURE...] [--runs N] [--rows N]. Figures: drain slow-disk latency idle scale producers
fairness enqueue. Without any: all but scale, which takes minutes and gigabytes.
"""
import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from deployment import BODY, Deployment, rfi
from sink import sink, wrk

ROWS = []


def report(what, figure, unit, against="", ratio=None):
    ROWS.append((what, f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}", unit, against,
                 "" if ratio is None else f"{ratio:.2f}"))
    print("  ".join(str(part) for part in ROWS[-1]), flush=True)


def median_drain(options, directory, port, wal, before=(), submission="", rows=None):
    rows = rows or options.rows
    rates = []
    for run in range(options.runs):
        home = directory / f"drain-{wal}-{len(before)}-{run}"
        deployment = Deployment(options.binary, home, port, wal=wal, submission=submission)
        deployment.enqueue(rows)
        rates.append(rows / deployment.drain(before))
        status = deployment.status()
        if status["counts"]["submitted"] != rows:
            raise RuntimeError(f"only {status['counts']} of {rows} were submitted")
        shutil.rmtree(home)
    return statistics.median(rates)


def drain(options, directory):
    with sink(directory) as port:
        wire = statistics.median(wrk(directory, port, BODY, 3) for _ in range(3))
        report("wrk -t1 -c32, the same PATCH", wire, "requests/s")
        for wal, name in ((False, "rollback journal"), (True, "WAL")):
            rate = median_drain(options, directory, port, wal)
            report(f"drain, {name}", rate, "rows/s", "wrk", rate / wire)


def slow_disk(options, directory):
    """Every fsync takes 10 ms longer; 128 in flight."""
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
              "-e", "inject=fdatasync,fsync:delay_exit=10000"]
    with sink(directory) as port:
        rate = median_drain(options, directory, port, False, strace, "max_in_flight = 128", rows=5000)
        report("drain, rollback journal, fsync + 10 ms, 128 in flight", rate, "rows/s")


def latency(options, directory):
    for journal in ("rollback", "wal"):
        done = subprocess.run([options.build / "latency_bench", options.binary, journal, "500"], check=True, text=True,
                              capture_output=True)
        figures = json.loads(done.stdout)
        for quantile in ("p50_ms", "p99_ms"):
            report(f"commit to wire, {journal}, {quantile[:3]}", figures[quantile], "ms")


def process_figures(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    io = pathlib.Path(f"/proc/{pid}/io").read_text()
    field = lambda text, name: int(next(line for line in text.splitlines() if line.startswith(name)).split()[1])
    return {"cpu": (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"), "rss": field(status, "VmRSS:") / 1024,
            "written": field(io, "write_bytes:")}


def idle(options, directory):
    with sink(directory) as port:
        deployment = Deployment(options.binary, directory / "idle", port)
        deployment.enqueue(100)
        daemon = deployment.start()
        try:
            time.sleep(5)
            before = process_figures(daemon.pid)
            time.sleep(options.idle_seconds)
            after = process_figures(daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait(timeout=30)
    report("idle: a core's time", 100 * (after["cpu"] - before["cpu"]) / options.idle_seconds, "%")
    report("idle: written to disk", after["written"] - before["written"], "bytes")
    report("idle: RSS", after["rss"], "MiB")


def scale(options, directory):
    with sink(directory) as port:
        base = Deployment(options.binary, directory / "small", port)
        base.enqueue(20_000)
        small = 20_000 / base.drain()
        report("drain with no history", small, "rows/s")
        for finished in (options.history,):
            deployment = Deployment(options.binary, directory / "large", port)
            deployment.enqueue(20_000)
            deployment.drain()
            multiply(deployment.queue, finished)
            deployment.enqueue(20_000, first=10_000_000)
            daemon = deployment.start()
            peak = 0.0
            began = time.monotonic()
            first = None
            while deployment_submitted(deployment) < finished + 20_000:
                peak = max(peak, process_figures(daemon.pid)["rss"])
                if first is None and deployment_submitted(deployment) > finished:
                    first = time.monotonic() - began
                time.sleep(0.05)
            taken = time.monotonic() - began
            daemon.terminate()
            daemon.wait(timeout=30)
            report(f"drain behind {finished:,} finished rows", 20_000 / taken, "rows/s", "no history", 20_000 / taken / small)
            report("start to first outcome", first or taken, "s")
            report("RSS at most", peak, "MiB")


def deployment_submitted(deployment):
    return deployment.status()["counts"]["submitted"]


def multiply(queue, finished):
    """Copies the finished rows until there are `finished` of them. The schema is put back as it was, word for word."""
    connection = sqlite3.connect(queue, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(rfi)")]
    copied = ", ".join(column for column in columns if column not in ("id", "reference"))
    have = connection.execute("SELECT count(*) FROM rfi").fetchone()[0]
    round_number = 0
    while have < finished:
        round_number += 1
        take = min(have, finished - have)
        connection.execute(f"INSERT INTO rfi (reference, {copied}) SELECT 'r{round_number}-' || id, {copied} FROM rfi"
                           f" ORDER BY id LIMIT {take}")
        have += take
    connection.execute("INSERT INTO attempt (rfi_id, number, started_at, finished_at, outcome, http_status, body_sha256,"
                       " body_bytes, fields, duration_ms, version, policy_sha256) SELECT r.id, 1, a.started_at, a.finished_at,"
                       " a.outcome, a.http_status, a.body_sha256, a.body_bytes, a.fields, a.duration_ms, a.version,"
                       " a.policy_sha256 FROM rfi r, attempt a WHERE a.rfi_id = (SELECT min(rfi_id) FROM attempt)"
                       " AND r.id NOT IN (SELECT rfi_id FROM attempt)")
    connection.execute("UPDATE tally SET count = ? WHERE state = 'submitted'", (finished,))
    for _, sql in triggers:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()


def producers(options, directory):
    """Four producers at 250 rows a second each while the daemon drains a backlog."""
    with sink(directory) as port:
        for wal, name in ((False, "rollback journal"), (True, "WAL")):
            deployment = Deployment(options.binary, directory / f"producers-{wal}", port, wal=wal)
            deployment.enqueue(options.rows)
            daemon = deployment.start()
            waits = []
            threads = [threading.Thread(target=produce, args=(deployment.queue, number, 5.0, waits)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            daemon.terminate()
            daemon.wait(timeout=60)
            waits.sort()
            report(f"producer's insert beside a drain, {name}, p99", 1000 * waits[int(len(waits) * 0.99)], "ms")


def produce(queue, number, seconds, waits):
    connection = sqlite3.connect(queue, timeout=10, isolation_level=None)
    end = time.monotonic() + seconds
    sequence = 0
    while time.monotonic() < end:
        row = json.loads(rfi(20_000_000 + number * 1_000_000 + sequence, prefix="producer"))
        began = time.monotonic()
        connection.execute("INSERT INTO rfi (reference, customer_id, requested, documents) VALUES (?, ?, ?, ?)",
                           (row["reference"], row["customer_id"], json.dumps(row["requested"]), json.dumps(row["documents"])))
        waits.append(time.monotonic() - began)
        sequence += 1
        time.sleep(max(0.0, 1 / 250 - (time.monotonic() - began)))
    connection.close()


def enqueue(options, directory):
    with sink(directory) as port:
        deployment = Deployment(options.binary, directory / "enqueue", port)
        report("enqueue from JSON Lines", options.bulk / deployment.enqueue(options.bulk), "rows/s")


FIGURES = {"drain": drain, "slow-disk": slow_disk, "latency": latency, "idle": idle, "scale": scale, "producers": producers,
           "enqueue": enqueue}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(FIGURES))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--bulk", type=int, default=1_000_000, help="lines of the enqueue figure")
    parser.add_argument("--history", type=int, default=10_000_000, help="finished rows of the scale figure")
    parser.add_argument("--idle-seconds", type=int, default=30)
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.binary = options.build / "rfi-submitd"
    if unknown := set(options.figures) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    for name in options.figures or [name for name in FIGURES if name != "scale"]:
        with tempfile.TemporaryDirectory(prefix="rfi-bench-", dir=os.environ.get("RFI_BENCH_DIRECTORY")) as directory:
            FIGURES[name](options, pathlib.Path(directory))
    print()
    widths = [max(len(row[column]) for row in ROWS) for column in range(5)]
    for row in ROWS:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
