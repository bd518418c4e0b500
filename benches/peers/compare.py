#!/usr/bin/env python3
"""Runs load generators beside each other, and writes tables of ratios.

    benches/peers/compare.py [--rounds 5] [--seconds 5] [--only wrk,baseline] [--load full] [--out benches/peers/RESULTS.md]

Seven loads: `full` (a closed loop as fast as it goes, against nginx), `https` and `http2` (the same encrypted), `rate` (an open
loop of 1,000 a second, against nginx), `slow` (a closed loop against a server that takes 5 ms), `journey` (three different
requests in turn, as fast as they go) and `captures` (the same, with two values taken from responses and sent again). Installs nothing: what is missing is left out and named. Each round
runs every tool once, in a shuffled order, pinned to one core, with the server pinned to another; so whatever the machine does,
it does to all. Only figures of one round are divided by each other.
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
EXAMPLES = ROOT / "target/release/examples"
PROGRAM = os.environ.get("BASELINE", str(ROOT / "target/release/baseline"))
USERS = 10
RATE = 1000
JOURNEYS = ("journey", "captures")
OURS = ("baseline", "one endpoint")

K6 = {
    "full": "vus: %(users)d, duration: '%(seconds)ds'",
    "slow": "vus: %(users)d, duration: '%(seconds)ds'",
    "journey": "vus: %(users)d, duration: '%(seconds)ds'",
    "captures": "vus: %(users)d, duration: '%(seconds)ds'",
    "rate": "scenarios: { all: { executor: 'constant-arrival-rate', rate: %(rate)d, timeUnit: '1s', duration: '%(seconds)ds', "
            "preAllocatedVUs: %(users)d } }",
}


K6_LOGIN = ("http.post(BASE + 'session', JSON.stringify({ name: 'Ada', password: 'obviously-fake' }), "
            "{ headers: { 'content-type': 'application/json' } })")
K6_STEPS = {
    "journey": f"{K6_LOGIN}; http.get(BASE + 'pitches'); http.get(BASE + 'pitches/7a54');",
    "captures": f"const token = {K6_LOGIN}.json('token'); const headers = {{ authorization: 'Bearer ' + token }}; "
                "const id = http.get(BASE + 'pitches', { headers }).json('data.id'); http.get(BASE + 'pitches/' + id, { headers });",
}


def counted(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"no {pattern!r} in: {text[-500:]}")
    return int(found.group(1).replace(",", ""))


class Tool:
    """A program, how it is called under a load (None where it cannot), and how it says how many requests were answered."""

    def __init__(self, name, command, count, version=None):
        self.name, self.command, self.count, self.version = name, command, count, version

    def path(self):
        commands = (self.command(load, "", 0, pathlib.Path(".")) for load in ("full", "journey"))
        return shutil.which(next(command for command in commands if command)[0])

    def can(self, load):
        return self.command(load, "", 0, pathlib.Path(".")) is not None


def closed(command):
    """For tools without a schedule of arrivals, and with HTTP/1.1 only."""
    return lambda load, url, seconds, folder: None if load in ("rate", "http2", *JOURNEYS) else command(url, seconds)


def plain(command):
    """For tools that do not trust the certificate of the encrypted loads, or whose options for it nobody has looked up."""
    return lambda load, url, seconds, folder: None if load in ("https", "http2") else command(load, url, seconds, folder)


def one_request(command):
    """For tools that send one request again and again."""
    return lambda load, url, seconds, folder: None if load in JOURNEYS else command(load, url, seconds, folder)


def wrk(load, url, seconds, folder):
    """Its script sends the three requests of a journey in turn; it takes no values from responses."""
    if load in ("rate", "http2"):
        return None
    script = ["-s", str(HERE / "journey.lua")] if load in JOURNEYS else []
    return ["wrk", "-t1", f"-c{USERS}", f"-d{seconds}s", *script, url]


def h2load(load, url, seconds, folder):
    version = {"http2": ["-m1", "--npn-list=h2"], "https": ["--npn-list=http/1.1"]}.get(load, ["--h1"])
    return None if load in ("rate", *JOURNEYS) else ["h2load", *version, f"-c{USERS}", "-t1", f"-D{seconds}s", url]


def k6(load, url, seconds, folder):
    script = folder / "k6.js"
    if url:
        options = K6[load] % {"users": USERS, "seconds": seconds, "rate": RATE}
        body = K6_STEPS.get(load, "http.get(BASE);").replace("BASE", f"'{url}'")
        script.write_text(f"import http from 'k6/http';\nexport const options = {{ {options}, discardResponseBodies: false }};\n"
                          f"export default function () {{ {body} }}\n")
    return ["k6", "run", "--quiet", "--summary-mode", "full", "--no-usage-report", str(script)]


def oha(load, url, seconds, folder):
    paced = ["-q", str(RATE), "--latency-correction"] if load == "rate" else []
    return ["oha", "-z", f"{seconds}s", "-c", str(USERS), *paced, "--no-tui", "--output-format", "json", url]


def hey(load, url, seconds, folder):
    paced = ["-q", str(RATE // USERS)] if load == "rate" else []
    return ["hey", "-z", f"{seconds}s", "-c", str(USERS), *paced, "-cpus", "1", url]


def baseline(load, url, seconds, folder):
    if load in JOURNEYS:
        scenario = folder / "journeys.toml"
        if url:
            scenario.write_text((HERE / "journeys.toml").read_text().replace("%URL%", url.rstrip("/")))
        return [PROGRAM, "test", load, f"peers:{USERS}", "--scenario", str(scenario), "--duration", f"{seconds}s", "--warm-up", "0s",
                "--format", "json"]
    paced = ["--rate", str(RATE)] if load == "rate" else []
    trusted = {"https": ["--http1.1"], "http2": ["--http2"]}.get(load, [])
    trusted += ["--cacert", str(folder / "certificate.pem")] if trusted else []
    return [PROGRAM, "test", url, f"peers:{USERS}", "--duration", f"{seconds}s", "--warm-up", "0s", *paced, *trusted,
            "--format", "json"]


def one_endpoint(load, url, seconds, folder):
    """Ours with the second request of the journey alone, to see what a journey costs."""
    return baseline("full", url + "pitches", seconds, folder) if load in JOURNEYS else None


def answered(text):
    """The requests of a journey are those of its steps."""
    told = json.loads(text)
    return sum(step["succeeded"] for step in told["steps"]) if told.get("steps") else told["succeeded"]


def closed_of_goose(load, url, seconds, folder):
    steps = [load] if load in JOURNEYS else []
    return None if load == "rate" else [str(EXAMPLES / "peer-goose"), url, str(USERS), str(seconds), *steps]


TOOLS = [
    Tool("wrk", wrk, lambda t: counted(r"(\d+) requests in", t), ["wrk", "-v"]),
    Tool("ab", closed(lambda u, s: ["ab", "-q", "-k", f"-c{USERS}", f"-t{s}", "-n100000000", u]),
         lambda t: counted(r"Complete requests:\s+(\d+)", t), ["ab", "-V"]),
    Tool("h2load", h2load, lambda t: counted(r"(\d+) succeeded", t), ["h2load", "--version"]),
    Tool("hey", plain(one_request(hey)), lambda t: counted(r"\[200\]\s+(\d+) responses", t), ["dpkg-query", "-W", "hey"]),
    Tool("oha", plain(one_request(oha)), lambda t: sum(json.loads(t)["statusCodeDistribution"].values()), ["oha", "--version"]),
    Tool("k6", plain(k6), lambda t: counted(r"http_reqs[.\s]*:\s*(\d+)", t), ["k6", "version"]),
    Tool("goose", plain(closed_of_goose),
         lambda t: counted(r"answered (\d+)", t), ["grep", "-A1", "name = \"goose\"", str(ROOT / "Cargo.lock")]),
    Tool("limit", lambda load, u, s, f: [str(EXAMPLES / "peer-limit"), u, str(USERS), str(s)] if load == "full" else None,
         lambda t: counted(r"answered (\d+)", t)),
    Tool("one endpoint", one_endpoint, answered),
    Tool("baseline", baseline, answered, [PROGRAM, "--version"]),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, command):
    return (["taskset", "-c", str(core)] if shutil.which("taskset") else []) + command


def certify(folder):
    """A certificate of the server's own, for an hour or so."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"),
                    "-out", str(folder / "certificate.pem")], check=True, capture_output=True)


def start_server(load, folder, core):
    port = free_port()
    if load == "slow":
        command = [str(EXAMPLES / "peer-slow"), str(port)]
    else:
        listen = {"https": "ssl ", "http2": "ssl http2 "}.get(load, "")
        text = (HERE / "nginx.conf").read_text().replace("%PORT%", str(port)).replace("%FOLDER%", str(folder))
        text = text.replace("%LISTEN%", listen).replace("#tls ", "" if listen else "#tls ")
        if listen:
            certify(folder)
        (folder / "nginx.conf").write_text(text)
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    server = subprocess.Popen(pinned(core, command), stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return server, f"{'https' if load in ('https', 'http2') else 'http'}://127.0.0.1:{port}/"
        except OSError:
            time.sleep(0.05)
    server.terminate()
    sys.exit(f"{command[0]} does not answer")


def measure(tool, load, url, seconds, folder, core):
    """Requests, seconds, user and system seconds of one run."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
        began = time.monotonic()
        child = subprocess.Popen(pinned(core, tool.command(load, url, seconds, folder)), stdout=out, stderr=talk)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        out.seek(0)
        text = out.read().decode(errors="replace")
        talk.seek(0)
        text += "" if tool.name in (*OURS, "oha") else talk.read().decode(errors="replace")
    # Ours says with 3 that the window is not to be judged, as it should of a generator at its limit.
    if child.returncode not in ((0, 3) if tool.name in OURS else (0,)):
        sys.exit(f"{tool.name} ended with {child.returncode}: {text[-500:]}")
    return tool.count(text), took, usage.ru_utime, usage.ru_stime


def version_of(tool):
    if not tool.version:
        return "this checkout"
    done = subprocess.run(tool.version, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return " ".join(lines[-1 if tool.name == "goose" else 0].split()) if lines else "?"


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def machine():
    model = "unknown processor"
    info = pathlib.Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"model name\s*:\s*(.*)", info.read_text())
        model = found.group(1) if found else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def rounds_of(load, tools, arguments):
    """By tool: rate, user and system microseconds a request, of each round."""
    results = {tool.name: [] for tool in tools}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        generator, server_core = 0, (os.cpu_count() or 1) - 1
        server, url = start_server(load, folder, server_core)
        try:
            for number in range(arguments.rounds):
                order = tools[:]
                random.Random(number).shuffle(order)
                for tool in order:
                    requests, took, user, system = measure(tool, load, url, arguments.seconds, folder, generator)
                    user, system = user / requests * 1e6, system / requests * 1e6
                    results[tool.name].append((requests / arguments.seconds, user, system))
                    print(f"{load} round {number + 1} {tool.name:12} {requests / arguments.seconds:9.0f}/s  user {user:6.2f} us  "
                          f"system {system:6.2f} us  {took:.1f} s", flush=True)
        finally:
            server.terminate()
            server.wait()
    return results


def ratios(own, others, of):
    return spread([of(mine) / of(theirs) for mine, theirs in zip(own, others)]) if own and others else "–"


def rate(row):
    return row[0]


def cpu(row):
    return row[1] + row[2]


TITLES = {
    "full": "Closed loop at full speed: nginx, 58-byte body",
    "https": "Closed loop at full speed over TLS, HTTP/1.1: nginx, 58-byte body",
    "http2": "Closed loop at full speed over TLS, HTTP/2 with one request at a time: nginx, 58-byte body",
    "rate": f"Open loop at {RATE:,} requests/s: nginx",
    "slow": "Closed loop: server that takes 5 ms",
    "journey": "Journey of three steps at full speed: nginx",
    "captures": "Journey of three steps that captures two values at full speed: nginx",
}


def table(load, results):
    name = "h2load" if load == "http2" else "wrk"
    reference, ours = results.get(name), results.get("baseline")
    lines = ["", f"## {TITLES[load]}", "",
             f"| tool | requests/s | user us | system us | rate / {name}'s rate | CPU / {name}'s CPU | baseline's rate / tool's rate | "
             "baseline's CPU / tool's CPU |", "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for name, own in results.items():
        cells = [spread([x[0] for x in own], 0), spread([x[1] for x in own]), spread([x[2] for x in own]),
                 ratios(own, reference, rate), ratios(own, reference, cpu), ratios(ours, own, rate), ratios(ours, own, cpu)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default="", help="tools, with commas between")
    parser.add_argument("--load", default="full,https,http2,rate,slow,journey,captures", help="loads, with commas between")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "RESULTS.md")
    arguments = parser.parse_args()
    wanted = [name for name in arguments.only.split(",") if name]
    chosen = [tool for tool in TOOLS if not wanted or tool.name in wanted]
    here, missing = [tool for tool in chosen if tool.path()], [tool.name for tool in chosen if not tool.path()]
    if not shutil.which("nginx"):
        sys.exit("nginx is not installed; README.md says how")
    lines = [
        "# Comparison with other load generators",
        "",
        f"{arguments.rounds} interleaved rounds of {arguments.seconds} s with {USERS} users with keep-alive, the generator "
        "on one core and the server on another. Each entry is the median with its range. Ratios compare figures of the same round. User "
        "and system time are CPU time per request of the whole process, including its start. `limit` writes and reads the same bytes and "
        "does nothing else.",
        "",
        f"Measured by `compare.py` on {datetime.date.today()}: {machine()}.",
    ]
    for load in arguments.load.split(","):
        tools = [tool for tool in here if tool.can(load)]
        lines += table(load, rounds_of(load, tools, arguments))
    if missing:
        lines += ["", f"Not installed, so not measured: {', '.join(missing)}."]
    lines += ["", "## Versions", ""] + [f"- {tool.name}: {version_of(tool)}" for tool in here]
    arguments.out.write_text("\n".join(lines) + "\n")
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
