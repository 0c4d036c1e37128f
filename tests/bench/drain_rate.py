#!/usr/bin/env python3
"""How many queued RFIs a second reach the sandbox, every attempt durable before it leaves and every outcome kept.

Usage: drain_rate.py BUILD_DIRECTORY [ROWS]. The log goes to a file in JSON at info, as in production.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

DOCUMENTS = {
    "proof_of_identity": {
        "type": "PASSPORT", "number": "A12345678", "country": "USA", "issue_date": "2020-01-15",
        "expiry_date": "2030-01-15", "files": [{"uri": "/AbAcQ4hn_0652746727637.pdf", "side": "FRONT"}]},
    "proof_of_address": {"type": "UTILITY_BILL", "country": "USA", "files": [{"uri": "/AbAcQ4hn_0652746727638.pdf"}]},
}


def rfi(number):
    return json.dumps({
        "reference": f"bench-{number}",
        "customer_id": f"{number:08x}-0000-4000-8000-000000000000",
        "requested": ["proof_of_identity.files", "proof_of_identity.expiry_date", "proof_of_address"],
        "documents": DOCUMENTS,
    }) + "\n"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    with tempfile.TemporaryDirectory(prefix="rfi-bench-") as name:
        directory = pathlib.Path(name)
        sandbox = subprocess.Popen(
            [build / "rfi-sandbox", "--directory", name, "--open-customers", "--keep", "10", "--quiet"],
            stdout=subprocess.PIPE, text=True)
        try:
            ready = json.loads(sandbox.stdout.readline())
            secret = directory / "client_secret"
            secret.touch(mode=0o600)
            secret.write_text("sandbox-secret\n")
            configuration = directory / "rfi-submitd.toml"
            configuration.write_text(f"""
[queue]
path = "{directory}/queue.db"
[api]
base_url = "{ready["base_url"]}"
ca_file = "{ready["ca_file"]}"
[auth]
client_id = "sandbox-client"
client_secret_file = "{secret}"
""")
            daemon = [build / "rfi-submitd", "--config", configuration]
            subprocess.run([*daemon, "migrate"], check=True, stdout=subprocess.DEVNULL)
            began = time.monotonic()
            subprocess.run([*daemon, "enqueue", "-"], check=True, text=True, stdout=subprocess.DEVNULL,
                           input="".join(rfi(number) for number in range(rows)))
            queued = time.monotonic()
            with open(directory / "log.jsonl", "w", encoding="utf-8") as log:
                subprocess.run([*daemon, "run", "--drain"], check=True, stdout=log)
            drained = time.monotonic()
            status = json.loads(subprocess.run([*daemon, "status", "--json"], check=True, text=True,
                                               stdout=subprocess.PIPE).stdout)
        finally:
            sandbox.terminate()
            sandbox.wait(timeout=10)
    if status["counts"]["submitted"] != rows:
        print(f"only {status['counts']['submitted']} of {rows} were submitted: {status}")
        return 1
    print(f"enqueue  {rows / (queued - began):>10,.0f} rows/s")
    print(f"drain    {rows / (drained - queued):>10,.0f} rows/s   (start and stop of the daemon included)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
