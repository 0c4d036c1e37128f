"""A log of the real daemon, from a short life with a bit of everything in it."""
import json
import re
import signal
import sqlite3
import subprocess
import time

import demo

CUSTOMER = "00000000-0000-4000-8000-{:012d}"


def configure(directory, sandbox):
    configuration = demo.write_configuration(directory, sandbox)
    text = configuration.read_text().replace(
        'format = "text"', 'format = "json"\nlevel = "trace"\nstats_interval = "200ms"')
    configuration.write_text(text)
    return configuration


def more_rfis():
    """Two of one customer, one nobody can send, one whose deadline comes before its time, one that is cancelled."""
    one = {"requested": ["proof_of_address.number"], "documents": {"proof_of_address": {"type": "UTILITY_BILL", "number": "1"}}}
    soon = int(time.time() * 1000)
    for number, more in enumerate((
            {"customer_id": CUSTOMER.format(1)},
            {"customer_id": CUSTOMER.format(1)},
            {"requested": ["proof_of_address.issue_date"]},
            {"not_before": soon + 3_600_000},
            {"not_before": soon + 3_600_000, "deadline": soon + 400})):
        yield {"reference": f"more-{number}", "customer_id": CUSTOMER.format(100 + number), **one, **more}


def wait_for(path, pattern, seconds=30):
    until = time.monotonic() + seconds
    while not re.search(pattern, path.read_text()):
        if time.monotonic() > until:
            raise RuntimeError(f"the log has no {pattern} within {seconds} s")
        time.sleep(0.05)


def block(queue, log):
    """Holds the queue's lock while a deadline passes, until the figures say so."""
    soon = int(time.time() * 1000) + 300
    connection = sqlite3.connect(queue, timeout=10, isolation_level=None)
    connection.execute("INSERT INTO rfi (reference, customer_id, requested, documents, not_before, deadline)"
                       " VALUES ('blocked', ?, '[]', '{}', ?, ?)", (CUSTOMER.format(200), soon + 3_600_000, soon))
    connection.execute("BEGIN EXCLUSIVE")
    wait_for(log, '"blocked_for_ms":[1-9]')
    connection.execute("COMMIT")
    connection.close()
    wait_for(log, '"blocked":false')


def lines_of_a_run(build, directory):
    """Starts sandbox and daemon below `directory`, and returns the parsed lines of its log."""
    stories = json.loads((demo.HERE / "stories.json").read_text())
    sandbox = demo.Sandbox(str(build / "rfi-sandbox"), str(directory))
    log = directory / "log"
    try:
        configuration = configure(directory, sandbox)
        demo.write_files(directory / "uploads", stories)
        command = [str(build / "rfi-submitd"), "--config", str(configuration)]
        for story in stories:
            sandbox.ask("PUT", f"/sandbox/customers/{story['rfi']['customer_id']}", {"request_for_information": story["open"]})
            if "faults" in story:
                sandbox.ask("POST", "/sandbox/faults", story["faults"])
        with log.open("w") as output:
            daemon = subprocess.Popen([*command, "run"], stdout=output)
        try:
            wait_for(log, "service.ready")
            rfis = [story["rfi"] for story in stories] + list(more_rfis())
            subprocess.run([*command, "enqueue", "-"], input="".join(json.dumps(rfi) + "\n" for rfi in rfis), text=True,
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(log, "rfi.superseded")
            wait_for(log, '"expired":1')
            subprocess.run([*command, "cancel", "more-3"], check=True, stdout=subprocess.DEVNULL)
            wait_for(log, "rfi.cancelled")
            block(directory / "queue.db", log)
            daemon.send_signal(signal.SIGHUP)
            wait_for(log, "service.reloaded")
            written = log.read_text().count("queue.stats")
            while log.read_text().count("queue.stats") < written + 3:
                time.sleep(0.1)
        finally:
            daemon.terminate()
            daemon.wait(timeout=40)
    finally:
        sandbox.stop()
    return [json.loads(line) for line in log.read_text().splitlines()]
