#!/usr/bin/env python3
"""RFIs with two files each: the daemon's drain against curl with kept-alive connections, both against the sandbox.

Usage: uploads.py BUILD_DIRECTORY [ROWS [FILE_BYTES [CONNECTIONS [ROUNDS]]]]     (1000 rows, 200 KiB, 32, 5)
curl makes the same requests without knowing what depends on what: all uploads, then all PATCHes, so many at a time. Each
round runs curl, the daemon and curl again; the daemon's time is that from `service.ready` to the last row. Prints all times, and
exits 1 if the median of the rounds is less than 70 % of curl's better run.
"""
import datetime
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import ssl

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))
import parts  # noqa: E402  (the parts of the crash tests)

REQUESTED = ["proof_of_identity.files"]
ENOUGH = 0.7


def customer(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def make_files(uploads, rows, size):
    dice = random.Random(1)
    content = b"%PDF-1.7\n" + dice.randbytes(size - 9)
    for number in range(rows):
        directory = uploads / customer(number)
        directory.mkdir()
        for name in ("front.pdf", "back.pdf"):
            (directory / name).write_bytes(content)


def rfi(number, round_number):
    documents = {"proof_of_identity": {"type": "PASSPORT", "files": [{"path": "front.pdf", "side": "FRONT"},
                                                                     {"path": "back.pdf", "side": "BACK"}]}}
    return json.dumps({"reference": f"row-{round_number}-{number}", "customer_id": customer(number), "requested": REQUESTED,
                       "documents": documents}) + "\n"


def token_of(sandbox):
    request = urllib.request.Request(
        sandbox.base_url + "/v1/oauth/token", method="POST", headers={"Content-Type": "application/json"},
        data=json.dumps({"client_id": "sandbox-client", "client_secret": parts.CLIENT_SECRET}).encode())
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=sandbox.ca_file)) as answer:
        return json.loads(answer.read())["data"]["access_token"]


def curl(sandbox, connections, config, transfers):
    """Seconds for all transfers of the configuration file."""
    config.write_text("\nnext\n".join(transfers), encoding="utf-8")
    began = time.monotonic()
    subprocess.run(["curl", "--silent", "--no-progress-meter", "--show-error", "--fail", "--parallel", "--parallel-immediate", "--parallel-max",
                    str(connections), "--config", str(config)], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def curl_requests(sandbox, uploads, rows, connections, directory):
    common = (f'cacert = "{sandbox.ca_file}"\nhttp1.1\nsilent\noutput = "/dev/null"\n'
              f'header = "Authorization: Bearer {token_of(sandbox)}"\n')
    files, patches = [], []
    for number in range(rows):
        for name in ("front.pdf", "back.pdf"):
            files.append(f'{common}url = "{sandbox.base_url}/v1/customers/upload"\nform = "customer_id={customer(number)}"\n'
                         f'form = "d1=@{uploads / customer(number) / name};type=application/pdf;filename=d1.pdf"\n')
        body = json.dumps({"proof_of_identity": {"type": "PASSPORT", "files": [{"uri": "/x", "side": "FRONT"},
                                                                               {"uri": "/y", "side": "BACK"}]}})
        escaped = body.replace('"', '\\"')
        patches.append(f'{common}url = "{sandbox.base_url}/v1/customers/{customer(number)}"\nrequest = "PATCH"\n'
                       f'header = "Content-Type: application/json"\ndata = "{escaped}"\n')
    return (curl(sandbox, connections, directory / "uploads.curl", files) +
            curl(sandbox, connections, directory / "patches.curl", patches))


def drained(log):
    """Seconds from the last service.ready to the last rfi.submitted: connecting and the token included."""
    times = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        times[entry["event"]] = datetime.datetime.fromisoformat(entry["ts"].replace("Z", "+00:00"))
    return (times["rfi.submitted"] - times["service.ready"]).total_seconds()


def one_round(test, uploads, rows, connections, directory, number):
    """curl, the daemon, curl again: both times of curl, the daemon's drain and its processor time."""
    before = curl_requests(test.sandbox, uploads, rows, connections, directory)
    subprocess.run([*test.command, "enqueue", "-"], check=True, text=True, stdout=subprocess.DEVNULL,
                   input="".join(rfi(row, number) for row in range(rows)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    test.drain()
    now_used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (now_used.ru_utime - used.ru_utime, now_used.ru_stime - used.ru_stime)
    return before, drained(test.log), curl_requests(test.sandbox, uploads, rows, connections, directory), processor


def main():
    numbers = [int(text) for text in sys.argv[2:]]
    rows, size, connections, rounds = (numbers + [1000, 200 * 1024, 32, 5][len(numbers):])[:4]
    shares = []
    with tempfile.TemporaryDirectory(prefix="rfi-upload-bench-") as name:
        directory = pathlib.Path(name)
        uploads = directory / "uploads"
        uploads.mkdir()
        make_files(uploads, rows, size)
        with parts.Parts(pathlib.Path(sys.argv[1]).resolve(), directory, f"""
[submission]
max_in_flight = {connections}
[upload]
directory = "{uploads}"
""", ["--open-customers"]) as test:
            test.configuration.write_text(test.configuration.read_text().replace('"700ms"', '"30s"'))
            print(f"{rows} RFIs with two files of {size} bytes, {connections} connections")
            for number in range(rounds):
                before, seconds, after, (user, kernel) = one_round(test, uploads, rows, connections, directory, number)
                shares.append(min(before, after) / seconds)
                print(f"curl {before:.2f} and {after:.2f} s; rfi-submitd {seconds:.2f} s ({user:.2f} + {kernel:.2f} s of processor): "
                      f"{rows / seconds:.0f} RFIs/s, {2 * rows * size / seconds / 2**20:.0f} MiB/s, "
                      f"{100 * shares[-1]:.0f} % of curl's better run", flush=True)
            status = json.loads(subprocess.run([*test.command, "status", "--json"], check=True, text=True,
                                               stdout=subprocess.PIPE).stdout)
            violations = test.sandbox.ask("GET", "/sandbox/violations")
    print(f"end state: {json.dumps(status['counts'])}")
    concurrent = [one for one in violations if one["kind"] == "concurrent_patch"]
    if concurrent:
        print(f"{len(concurrent)} PATCHes at the same time as another request of their customer")
    print(f"median: {100 * statistics.median(shares):.0f} %")
    return 0 if statistics.median(shares) >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
