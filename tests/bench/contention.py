"""Others at the same queue and at the same API: producers beside a drain, customers whose requests hang."""
import contextlib
import json
import pathlib
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

from deployment import DOCUMENTS, REQUESTED, Deployment, customer
from sink import free_port, sink
from table import below, report

INSERT = "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES (?, ?, ?, ?)"
SECONDS = 10


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def insert_times(queue):
    """Four producers at 250 rows a second each, a commit a row: how long each insert took."""
    started = [subprocess.Popen([sys.executable, __file__, queue, str(number)], text=True, stdout=subprocess.PIPE)
               for number in range(4)]
    return [wait for process in started for wait in json.loads(process.communicate()[0])]


def producers(options, directory):
    """The producers by themselves, then while the daemon drains a backlog: they also wait for each other and for the disk."""
    with sink(directory) as port:
        for wal, name, limit in ((False, "rollback journal", 100), (True, "WAL", 10)):
            alone = Deployment(options.binary, directory / f"alone-{wal}", port, wal=wal)
            alone.drain()  # puts the queue into its journal
            floor = 1000 * quantile(insert_times(alone.queue), 0.99)
            deployment = Deployment(options.binary, directory / f"producers-{wal}", port, wal=wal)
            deployment.enqueue(options.backlog)
            with deployment.running():
                time.sleep(1)
                began, before = time.monotonic(), deployment.status()["counts"]["submitted"]
                waits = insert_times(deployment.queue)
                after, taken = deployment.status()["counts"], time.monotonic() - began
            beside = f"{len(waits) / taken:,.0f} inserts/s, {(after['submitted'] - before) / taken:,.0f} rows/s drained"
            if after["pending"] < after["submitted"] / 100:
                beside += " (all: take a larger --backlog)"
            p99 = 1000 * quantile(waits, 0.99)
            below(f"a producer's insert beside a drain, {name}, p99", p99, "ms", limit, f"alone {floor:,.0f} ms", p99 / floor)
            report(f"the longest of these, {name}", 1000 * max(waits), "ms", beside)


def produce(queue, number):
    """As any producer: a connection of its own, SQLite's busy timeout. Prints how long each insert took."""
    connection = sqlite3.connect(queue, timeout=10, isolation_level=None)
    rng = random.Random(number)
    waits = []
    began = time.monotonic()
    while (now := time.monotonic()) < began + SECONDS:
        time.sleep(max(0.0, began + len(waits) / 250 - now + rng.uniform(-0.001, 0.001)))
        row = (f"producer-{number}-{len(waits)}", customer(20_000_000 + number * 1_000_000 + len(waits)),
               json.dumps(REQUESTED), json.dumps(DOCUMENTS))
        before = time.monotonic()
        connection.execute(INSERT, row)
        waits.append(time.monotonic() - before)
    connection.close()
    print(json.dumps(waits))


@contextlib.contextmanager
def tar_pit():
    """A server that lets everybody in and never says a word: nobody accepts its connections."""
    with socket.socket() as listener:
        port = free_port()
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        yield port


def fairness(options, directory):
    """The same steady load without and with hanging customers; only the others' rows are looked at."""
    waits = {"none hangs": [], "1 % hang": []}
    with tar_pit() as pit, sink(directory, hanging="^/v./customers/[0-9a-f]{6}00-", pit=pit) as port:
        for run in range(options.runs):
            for hanging, (name, p99s) in zip((False, True), waits.items()):
                deployment = Deployment(options.binary, directory / f"fair-{run}-{hanging}", port,
                                        api=f'request_timeout = "{options.fair_timeout}"')
                with deployment.running():
                    load(deployment.queue, options.fair_rate, hanging)
                    time.sleep(1)
                p99s.append(quantile(times_of_others(deployment.queue), 0.99))
    base, seen = (statistics.median(p99s) for p99s in waits.values())
    report(f"commit to outcome, p99, {options.fair_rate:,} rows/s, none hangs", base, "ms")
    report("the same for the others, 1 % hang", seen, "ms", "none hangs", seen / base, "ratio < 1.2", seen < 1.2 * base)


def load(queue, rate, hanging):
    """Ten rows a commit at an even pace. Of the customers whose number ends in 00 none comes without `hanging`."""
    connection = sqlite3.connect(queue, timeout=10, isolation_level=None)
    began = time.monotonic()
    for number in range(0, rate * SECONDS, 10):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        connection.execute("BEGIN IMMEDIATE")
        for each in range(number, number + 10):
            hangs = hanging and each % 100 == 0
            # The eight digits of customer() end in 00 for one that hangs and in something else for the others.
            who = customer(each * 256 if hangs else each * 256 + 1)
            connection.execute(INSERT, (f"{'hangs' if hangs else 'fair'}-{each}", who, json.dumps(REQUESTED),
                                        json.dumps(DOCUMENTS)))
        connection.execute("COMMIT")
    connection.close()


def times_of_others(queue):
    connection = sqlite3.connect(queue, timeout=10)
    rows = connection.execute("SELECT state, finished_at - created_at FROM rfi WHERE reference GLOB 'fair-*'").fetchall()
    connection.close()
    if late := sum(state != "submitted" for state, _ in rows):
        # What is not done a second after the load has ended counts with its age: it must not vanish.
        print(f"  {late} of {len(rows)} rows were not submitted in time", flush=True)
    return [taken if state == "submitted" else 1000.0 * SECONDS for state, taken in rows]


if __name__ == "__main__":
    produce(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
