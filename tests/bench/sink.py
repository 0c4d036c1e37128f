"""The far end of the benchmarks: nginx over TLS on loopback, which answers every request at once, and wrk beside it.

wrk sends the same PATCH with the same headers and no queue behind it: what the wire itself can take on this machine.
"""
import contextlib
import json
import pathlib
import re
import socket
import subprocess
import time

TOKEN = "x" * 600  # as long as a JWT of the usual kind
ANSWER = '{"data":{"customer_id":"ed54db74-7dbe-47d2-8ea0-c2bf2a9dda06"}}'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:TRUE",
         "-keyout", directory / "sink.key", "-out", directory / "sink.pem"],
        check=True, capture_output=True)


def token_answer():
    now = time.time()
    moment = lambda at: time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(at))
    return json.dumps({"data": {"access_token": TOKEN, "access_token_ttl": moment(now + 86400), "refresh_token": "r" * 64,
                                "refresh_token_ttl": moment(now + 7 * 86400), "current_time": moment(now)}})


@contextlib.contextmanager
def sink(directory, access_log=None, hanging=None, pit=None):
    """Runs nginx with one worker; yields its port. `access_log` gets a line with the time of each request. Requests to
    paths that match `hanging` are passed on to port `pit`."""
    directory = pathlib.Path(directory)
    certificate(directory)
    port = free_port()
    log = f"log_format moment '$msec $request_uri'; access_log {access_log} moment;" if access_log else "access_log off;"
    if access_log:
        pathlib.Path(access_log).touch()
    slow = f'location ~ "{hanging}" {{ proxy_pass http://127.0.0.1:{pit}; proxy_read_timeout 600s; }}' if hanging else ""
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
  {log}
  keepalive_requests 100000000; keepalive_timeout 600s; default_type application/json;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl; server_name localhost;
    ssl_certificate {directory}/sink.pem; ssl_certificate_key {directory}/sink.key; ssl_protocols TLSv1.3;
    location /v1/oauth/ {{ return 200 '{token_answer()}'; }}
    {slow}
    location / {{ return 200 '{ANSWER}'; }}
  }}
}}
""")
    server = subprocess.Popen(["/usr/sbin/nginx", "-e", str(directory / "nginx.log"), "-c", str(configuration)])
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


def wait_for(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError("nginx did not start: is it installed?")


def wrk(directory, port, body, seconds=5, connections=32):
    """Requests a second of `wrk -t1`, with the daemon's headers and body."""
    script = pathlib.Path(directory) / "patch.lua"
    script.write_text(f"""
wrk.method = "PATCH"
wrk.path = "/v1/customers/ed54db74-7dbe-47d2-8ea0-c2bf2a9dda06"
wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["User-Agent"] = "rfi-submitd/bench"
wrk.headers["Authorization"] = "Bearer {TOKEN}"
""")
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, f"https://localhost:{port}"],
                          check=True, capture_output=True, text=True)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout).group(1))
