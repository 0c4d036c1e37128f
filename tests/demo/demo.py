#!/usr/bin/env python3
"""The main job on one machine: a sandbox of the API over TLS, a queue, the daemon, and what came of it.

Usage: demo.py BUILD_DIRECTORY. Exit 0 only if every RFI ended as it should and no body held a field nobody asked for.
"""
import json
import pathlib
import ssl
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zlib

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


def a_pdf():
    """A page with a line of text on it."""
    text = b"BT /F1 24 Tf 72 720 Td (Passport of nobody) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length " + str(len(text)).encode() + b" >>\nstream\n" + text + b"\nendstream",
    ]
    pdf, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += str(number).encode() + b" 0 obj\n" + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (pdf + b"xref\n0 5\n0000000000 65535 f \n" + table +
            b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n" + str(len(pdf)).encode() + b"\n%%EOF\n")


def a_png():
    """A picture of 64 by 64 dots, from dark to light."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    rows = b"".join(b"\0" + bytes((4 * column + row) % 256 for column in range(64)) for row in range(64))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


FILES = {"a PDF": a_pdf, "a PNG": a_png}


def write_files(uploads, stories):
    """What a scanner would have put below the customer's directory."""
    uploads.mkdir()
    for story in stories:
        for name, kind in story.get("scans", {}).items():
            directory = uploads / story["rfi"]["customer_id"]
            directory.mkdir(exist_ok=True)
            (directory / name).write_bytes(FILES[kind]())


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
[upload]
directory = "{directory}/uploads"
[log]
format = "text"
""")
    return configuration


def check_outcomes(stories, daemon, sandbox):
    """Compares what the queue and the API say with what each story expects; returns the complaints."""
    complaints = []
    uploads = sandbox.ask("GET", "/sandbox/uploads")
    for story in stories:
        rfi = story["rfi"]
        taken = sum(1 for file in uploads if file["customer"] == rfi["customer_id"])
        if taken != len(story.get("scans", {})):
            complaints.append(f"{rfi['reference']}: {taken} files were uploaded")
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
            write_files(directory / "uploads", stories)

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

            for story in (stories[1], stories[-1]):
                heading(f"what would leave: rfi-submitd preview {story['rfi']['reference']}")
                print(daemon("preview", story["rfi"]["reference"]), end="")

            heading("the daemon works until the queue is empty: rfi-submitd run --drain")
            print(daemon("run", "--drain"), end="")

            heading("what was sent (the sandbox's own record)")
            for file in sandbox.ask("GET", "/sandbox/uploads"):
                print(f"upload for {file['customer']}: {file['file_name']}, {file['content_type']}, {file['bytes']} bytes "
                      f"-> {file['uri']}")
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
