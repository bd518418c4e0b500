#!/usr/bin/env python3
"""Runs load generators beside each other against nginx, and writes a table of ratios.

    benches/peers/compare.py [--rounds 5] [--seconds 5] [--only wrk,baseline] [--out benches/peers/RESULTS.md]

Installs nothing: what is missing is left out and named. Each round runs every tool once, in a shuffled order, pinned to one
core, with nginx pinned to the other; so whatever the machine does, it does to all. Only ratios within a round are compared.
The figures are requests a second, and user and system time of the whole process for each request.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
USERS = 10

K6 = """import http from 'k6/http';
export const options = { vus: %d, duration: '%ds', discardResponseBodies: false };
export default function () { http.get('%s'); }
"""


def counted(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"no {pattern!r} in: {text[-500:]}")
    return int(found.group(1).replace(",", ""))


class Tool:
    """A program, how it is called, and how it says how many requests were answered."""

    def __init__(self, name, command, count, version=None):
        self.name, self.command, self.count, self.version = name, command, count, version

    def path(self):
        return shutil.which(self.command("", 0, pathlib.Path("."))[0])


def k6_script(url, seconds, folder):
    script = folder / "k6.js"
    if folder.is_dir() and url:
        script.write_text(K6 % (USERS, seconds, url))
    return ["k6", "run", "--quiet", "--summary-mode", "full", "--no-usage-report", str(script)]


def baseline(url, seconds, folder):
    program = os.environ.get("BASELINE", str(ROOT / "target/release/baseline"))
    return [program, "test", url, f"peers:{USERS}", "--duration", f"{seconds}s", "--warm-up", "0s", "--format", "json"]


TOOLS = [
    Tool("wrk", lambda u, s, f: ["wrk", "-t1", f"-c{USERS}", f"-d{s}s", u], lambda t: counted(r"(\d+) requests in", t),
         ["wrk", "-v"]),
    Tool("ab", lambda u, s, f: ["ab", "-q", "-k", f"-c{USERS}", f"-t{s}", "-n100000000", u],
         lambda t: counted(r"Complete requests:\s+(\d+)", t), ["ab", "-V"]),
    Tool("h2load", lambda u, s, f: ["h2load", "--h1", f"-c{USERS}", "-t1", f"-D{s}", u],
         lambda t: counted(r"(\d+) succeeded", t), ["h2load", "--version"]),
    Tool("hey", lambda u, s, f: ["hey", "-z", f"{s}s", "-c", str(USERS), "-cpus", "1", u],
         lambda t: counted(r"\[200\]\s+(\d+) responses", t)),
    Tool("oha", lambda u, s, f: ["oha", "-z", f"{s}s", "-c", str(USERS), "--no-tui", "--output-format", "json", u],
         lambda t: sum(json.loads(t)["statusCodeDistribution"].values()), ["oha", "--version"]),
    Tool("k6", k6_script, lambda t: counted(r"http_reqs[.\s]*:\s*(\d+)", t), ["k6", "version"]),
    Tool("goose", lambda u, s, f: [str(ROOT / "target/release/examples/peer-goose"), u, str(USERS), str(s)],
         lambda t: counted(r"answered (\d+)", t)),
    Tool("limit", lambda u, s, f: [str(ROOT / "target/release/examples/peer-limit"), u, str(USERS), str(s)],
         lambda t: counted(r"answered (\d+)", t)),
    Tool("baseline", baseline, lambda t: json.loads(t)["succeeded"],
         [os.environ.get("BASELINE", str(ROOT / "target/release/baseline")), "--version"]),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, command):
    return (["taskset", "-c", str(core)] if shutil.which("taskset") else []) + command


def start_nginx(folder, core):
    port = free_port()
    text = (HERE / "nginx.conf").read_text().replace("%PORT%", str(port)).replace("%FOLDER%", str(folder))
    (folder / "nginx.conf").write_text(text)
    command = pinned(core, ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return server, f"http://127.0.0.1:{port}/"
        except OSError:
            time.sleep(0.05)
    server.terminate()
    sys.exit("nginx does not answer")


def measure(tool, url, seconds, folder, core):
    """Requests, seconds, user and system seconds of one run."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
        began = time.monotonic()
        child = subprocess.Popen(pinned(core, tool.command(url, seconds, folder)), stdout=out, stderr=talk)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        out.seek(0)
        text = out.read().decode(errors="replace")
        talk.seek(0)
        text += "" if tool.name in ("baseline", "oha") else talk.read().decode(errors="replace")
    requests = tool.count(text)
    return requests, took, usage.ru_utime, usage.ru_stime


def version_of(tool):
    if not tool.version:
        return "version not told"
    done = subprocess.run(tool.version, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "?"


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def machine():
    model = "unknown processor"
    info = pathlib.Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"model name\s*:\s*(.*)", info.read_text())
        model = found.group(1) if found else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "RESULTS.md")
    arguments = parser.parse_args()
    wanted = [name for name in arguments.only.split(",") if name]
    chosen = [tool for tool in TOOLS if not wanted or tool.name in wanted]
    here, missing = [tool for tool in chosen if tool.path()], [tool.name for tool in chosen if not tool.path()]
    if not shutil.which("nginx"):
        sys.exit("nginx is not installed; README.md says how")
    results = {tool.name: [] for tool in here}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        generator, server_core = 0, (os.cpu_count() or 1) - 1
        server, url = start_nginx(folder, server_core)
        try:
            for number in range(arguments.rounds):
                order = here[:]
                random.Random(number).shuffle(order)
                for tool in order:
                    requests, took, user, system = measure(tool, url, arguments.seconds, folder, generator)
                    rate = requests / arguments.seconds
                    results[tool.name].append((rate, user / requests * 1e6, system / requests * 1e6))
                    print(f"round {number + 1} {tool.name:9} {rate:9.0f}/s  user {user / requests * 1e6:6.2f} us  "
                          f"system {system / requests * 1e6:6.2f} us  {took:.1f} s", flush=True)
        finally:
            server.terminate()
            server.wait()
    arguments.out.write_text(report(here, missing, results, arguments))
    print(arguments.out.read_text())


def report(here, missing, results, arguments):
    lines = [
        "# Beside its peers",
        "",
        f"{arguments.rounds} interleaved rounds of {arguments.seconds} s, {USERS} users in a closed loop over HTTP/1.1 with kept "
        "connections, the generator on one core and nginx on another, a body of 58 bytes. Medians with their ranges; ratios are "
        "taken within a round. User and system time are those of the whole process, for each request.",
        "",
        f"Made by `compare.py` on {datetime.date.today()}: {machine()}.",
        "",
        "| tool | rate, of wrk's | CPU, of wrk's | user us | system us | requests/s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    reference = results.get("wrk") or []
    for tool in here:
        own = results[tool.name]
        rate = cpu = "–"
        if reference:
            rate = spread([mine[0] / wrk[0] for mine, wrk in zip(own, reference)])
            cpu = spread([(mine[1] + mine[2]) / (wrk[1] + wrk[2]) for mine, wrk in zip(own, reference)])
        lines.append(f"| {tool.name} | {rate} | {cpu} | {spread([x[1] for x in own])} | {spread([x[2] for x in own])} | "
                     f"{spread([x[0] for x in own], 0)} |")
    if missing:
        lines += ["", f"Not installed, so not measured: {', '.join(missing)}."]
    lines += ["", "Versions:", ""] + [f"- {tool.name}: {version_of(tool)}" for tool in here]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
