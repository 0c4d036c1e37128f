#!/usr/bin/env python3
"""The main job on one machine: a sandbox of the API over TLS, a queue, the daemon, and what came of it.

Usage: demo.py BUILD_DIRECTORY. Exit 0 only if every RFI ended as it should and no body held a field nobody asked for.
"""
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CLIENT_SECRET = "sandbox-secret"


class Sandbox:
    """The API's stand-in as a process of its own; it ends with this one."""

    def __init__(self, program, directory):
        self.process = subprocess.Popen(
            [program, "--directory", directory, "--lifetime", "120", "--quiet"], stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.base_url = ready["base_url"]
        self.ca_file = ready["ca_file"]
        self.tls = ssl.create_default_context(cafile=self.ca_file)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.base_url + path, method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, context=self.tls) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def heading(text):
    print(f"\n== {text}", flush=True)


def write_configuration(directory, sandbox):
    secret = directory / "client_secret"
    secret.touch(mode=0o600)
    secret.write_text(CLIENT_SECRET + "\n")
    configuration = directory / "rfi-submitd.toml"
    configuration.write_text(f"""
[queue]
path = "{directory}/queue.db"
[api]
base_url = "{sandbox.base_url}"
ca_file = "{sandbox.ca_file}"
[auth]
client_id = "sandbox-client"
client_secret_file = "{secret}"
[retry]
initial_delay = "200ms"
[log]
format = "text"
""")
    return configuration


def check_outcomes(stories, daemon, sandbox):
    """Compares what the queue and the API say with what each story expects; returns the complaints."""
    complaints = []
    for story in stories:
        rfi = story["rfi"]
        shown = json.loads(daemon("show", rfi["reference"], "--json"))
        expected = story["expected"]
        found = {
            "state": shown["state"],
            "failure": shown["failure"],
            "outcomes": [attempt["outcome"] for attempt in shown["history"]],
        }
        if found != expected:
            complaints.append(f"{rfi['reference']}: expected {expected}, found {found}")
        requests = sandbox.ask("GET", f"/sandbox/requests?customer={rfi['customer_id']}&method=PATCH")
        for request in requests["requests"] if isinstance(requests, dict) else requests:
            text = request["body"]
            for secret in story.get("must_not_leave", []):
                if secret in text:
                    complaints.append(f"{rfi['reference']}: {secret} left, though nobody asked for it")
    return complaints


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    stories = json.loads((HERE / "stories.json").read_text())
    with tempfile.TemporaryDirectory(prefix="rfi-demo-") as name:
        directory = pathlib.Path(name)
        sandbox = Sandbox(str(build / "rfi-sandbox"), name)
        try:
            configuration = write_configuration(directory, sandbox)

            def daemon(*arguments, **options):
                command = [str(build / "rfi-submitd"), "--config", str(configuration), *arguments]
                return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout

            heading("the API asks for information (sandbox)")
            for story in stories:
                customer = story["rfi"]["customer_id"]
                sandbox.ask("PUT", f"/sandbox/customers/{customer}", {"request_for_information": story["open"]})
                if "faults" in story:
                    sandbox.ask("POST", "/sandbox/faults", story["faults"])
                print(f"{story['rfi']['reference']:<22} {story['title']}")

            heading("a producer queues the answers: rfi-submitd migrate, rfi-submitd enqueue -")
            print(daemon("migrate"), end="")
            lines = "".join(json.dumps(story["rfi"]) + "\n" for story in stories)
            print(daemon("enqueue", "-", input=lines), end="")

            heading(f"what would leave: rfi-submitd preview {stories[1]['rfi']['reference']}")
            print(daemon("preview", stories[1]["rfi"]["reference"]), end="")

            heading("the daemon works until the queue is empty: rfi-submitd run --drain")
            print(daemon("run", "--drain"), end="")

            heading("what was sent (the sandbox's own record)")
            record = sandbox.ask("GET", "/sandbox/requests?method=PATCH")
            for request in record["requests"] if isinstance(record, dict) else record:
                print(f"PATCH {request['path']} -> {request['status']}\n  {request['body']}")

            heading("the queue's end state: rfi-submitd list, rfi-submitd status")
            print(daemon("list"), end="")
            print(daemon("status"), end="")
            complaints = check_outcomes(stories, daemon, sandbox)
        finally:
            sandbox.stop()
    heading("verdict")
    for complaint in complaints:
        print(complaint)
    print("every outcome is the expected one" if not complaints else f"{len(complaints)} not as expected")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
