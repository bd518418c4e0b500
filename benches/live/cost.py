#!/usr/bin/env python3
"""What watching costs: the same run with and without a live page that 32 clients read, one of which never does. Needs nginx.

    cargo build --release
    python3 benches/live/cost.py [--pairs 5] [--clients 32] [--program target/release/baseline] [--cpus 0,1]

Runs alternate, so that what else the machine does falls on both. Printed are requests, the generator's CPU time per request
and the largest resident memory of each run, and the medians of their ratios. Loopback only.
"""

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SCENARIO = """
schema = 1
name = "cost"

[target]
base_url = "http://127.0.0.1:{port}"
allow_hosts = ["127.0.0.1"]

[plan]
duration = "{seconds}s"
cycle = "2s"
window = "1500ms"
warm_up = "100ms"

[levels]
heavy_load = 10

[[endpoint]]
name = "health"
path = "/"
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Client(threading.Thread):
    """Reads the events of a page; `stuck` asks and then reads nothing, with a receive buffer that is soon full."""

    def __init__(self, address, stuck):
        super().__init__(daemon=True)
        self.bytes, self.windows, self.stuck = 0, 0, stuck
        self.socket = socket.socket()
        if stuck:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(address)
        host = f"{address[0]}:{address[1]}"
        self.socket.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n".encode())

    def run(self):
        if self.stuck:
            return
        while data := self.socket.recv(1 << 16):
            self.bytes += len(data)
            self.windows += data.count(b"event: window")


def generator_usage(pid):
    """CPU seconds of the process so far, and its largest resident memory in MB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    return ticks / os.sysconf("SC_CLK_TCK"), peak


def one(arguments, port, clients):
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "cost.toml")
        scenario.write_text(SCENARIO.format(port=port, seconds=arguments.seconds))
        command = ["taskset", "-c", arguments.cpus[0], arguments.program, "start", str(scenario), "--no-preflight"]
        command += ["--out", folder, "--format", "json"]
        if clients is not None:
            command += ["--live"]
        errors = open(Path(folder, "stderr"), "w+")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        readers = []
        if clients:
            address = None
            while address is None and process.poll() is None:
                found = re.search(r"http://127\.0\.0\.1:(\d+)", Path(folder, "stderr").read_text())
                address = found and ("127.0.0.1", int(found[1]))
                time.sleep(0.05)
            readers = [Client(address, stuck=number == 0) for number in range(clients)]
            for reader in readers:
                reader.start()
        cpu = peak = 0.0
        while process.poll() is None:
            try:
                cpu, peak = generator_usage(process.pid)
            except (FileNotFoundError, ProcessLookupError, TypeError, IndexError):
                break
            # The report that is drawn at the end is not what is compared.
            status = list(Path(folder).glob("cost-*/status.json"))
            if status and json.loads(status[0].read_text())["state"] != "running":
                break
            time.sleep(0.1)
        process.communicate()
        status = json.loads(next(Path(folder).glob("cost-*/status.json")).read_text())
        seen = [reader.windows for reader in readers if not reader.stuck]
        return {"requests": status["requests"], "windows": status["windows"], "cpu": cpu, "peak": peak, "seen": seen}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--program", default="target/release/baseline")
    parser.add_argument("--cpus", default="0,1", type=lambda text: text.split(","))
    arguments = parser.parse_args()
    port = free_port()
    # The server of the comparison with peers, so that the generator is what limits the rate.
    server = tempfile.TemporaryDirectory()
    config = Path(__file__).parent.parent.joinpath("peers", "nginx.conf").read_text()
    for mark, value in {"%PORT%": str(port), "%LISTEN%": "", "%FOLDER%": server.name}.items():
        config = config.replace(mark, value)
    Path(server.name, "nginx.conf").write_text(config)
    nginx = ["nginx", "-p", server.name, "-c", f"{server.name}/nginx.conf", "-e", f"{server.name}/error.log"]
    target = subprocess.Popen(["taskset", "-c", arguments.cpus[-1], *nginx])
    time.sleep(1)
    rows = []
    try:
        for pair in range(arguments.pairs):
            plain, live = one(arguments, port, None), one(arguments, port, arguments.clients)
            row = {
                "rate": live["requests"] / plain["requests"],
                "cpu": live["cpu"] / live["requests"] / (plain["cpu"] / plain["requests"]),
                "memory": live["peak"] - plain["peak"],
            }
            rows.append(row)
            print(
                f"pair {pair + 1}: {plain['requests']} and {live['requests']} requests (ratio {row['rate']:.4f}), "
                f"CPU per request {row['cpu']:.4f}, {plain['peak']:.1f} and {live['peak']:.1f} MB, "
                f"{live['windows']} windows, clients saw {min(live['seen'])} to {max(live['seen'])}",
                flush=True,
            )
    finally:
        target.terminate()
        target.wait()
    median = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    print(f"medians: rate {median['rate']:.4f}, CPU per request {median['cpu']:.4f}, memory {median['memory']:+.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
