#!/usr/bin/env python3
"""Measures speed, memory and scale, and writes results/performance.md: every figure beside the command that obtained it.

    python3 benches/performance.py              about a quarter of an hour on two cores
    python3 benches/performance.py --large      1,000,000 paths against 100,000: half an hour more
    python3 benches/performance.py --only floor peers

CPU time where possible: wall time of a shared machine says little.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / "results" / "performance.md"
sys.path.insert(0, str(HERE / "peers"))
sys.dont_write_bytecode = True

import run as peers  # noqa: E402

# What the floor bench measures: must, good.
FLOOR = {
    "market and marks": (70, 55),
    "one of 1000 rules": (1.2, 0.95),
    "20 rules": (94, 74),
    "100 rules": (190, 150),
    "1000 rules": (1270, 1005),
}
THREADS = (1.10, 1.05)
MEMORY_MB = (50, 20)
TENFOLD = (10.5, 10.1)
BENCHES = "lanes draws pricing tables market marks walk stats"
# The other criterion benches read CPU time of their thread.
WALL = {"tables", "cos", "cscv", "study", "end_to_end"}
SCENARIO = "scenarios/three-regimes.yaml"
TITLES = {
    "floor": "A path-day, part by part",
    "peers": "Beside NumPy and numba",
    "scale": "Ten times the paths",
    "memory": "Little more than summaries",
    "benches": "One question each",
}


def shown(words):
    return " ".join(str(word) for word in words)


def reached(value, must, good):
    """Is a ceiling kept?"""
    return "good" if value <= good else "yes" if value <= must else "no"


def judged(value, must, good):
    """Obtained, and whether the targets are reached."""
    return f"| {must:,} | {good:,} | {value:,.2f} | {reached(value, must, good)} |"


def floor(program):
    """The parts of a path-day, and two threads against one."""
    told = subprocess.run([program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    lines = [json.loads(line) for line in told]
    out = ["| what | unit | must | good | obtained | reached |", "|---|---|---|---|---|---|"]
    for line in lines:
        what, value = line["what"], line["value"]
        targets = THREADS if "threads" in what else FLOOR.get(what)
        rest = judged(value, *targets) if targets else f"| | | {value:,.2f} | |"
        out.append(f"| {what} | {line['unit']} {rest}")
    return section("floor", "cargo bench --bench floor", out)


def section(name, command, lines):
    return [f"## {TITLES[name]}", "", "```sh", command, "```", "", *lines, ""]


def ratios(program, rounds):
    """This program beside NumPy and numba."""
    lines, why = peers.run(rounds, [20, 100, 1000], program)
    out = [f"skipped: {why}", ""] if why else []
    out += ["| rules | program | ns a path-day | ns a rule-day | peak, MB | times slower | must | good | reached |"]
    out += ["|---|---|---|---|---|---|---|---|---|"]
    for line in lines:
        rule_day = f"{line['ns_per_rule_day']:.2f}" if "ns_per_rule_day" in line else ""
        ratio, must, good = line.get("ratio", ""), line.get("must", ""), line.get("good", "")
        kept = "" if must == "" else "good" if ratio >= good else "yes" if ratio >= must else "no"
        cells = [line["rules"], line["peer"], f"{line['ns_per_path_day']:,.1f}", rule_day, line.get("peak_mb", "")]
        out.append("| " + " | ".join(str(cell) for cell in [*cells, ratio, must, good, kept]) + " |")
    return section("peers", f"python3 benches/peers/run.py --rounds {rounds}", out)


def spent(words):
    """Wall seconds, CPU seconds and peak memory in MB of a command, as `/usr/bin/time -v` has them."""
    start = time.monotonic()
    child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{shown(words)} failed with {child.returncode}")
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale


def scale(sizes, rows):
    """Ten times the paths: time and memory. With few rows kept a run is little more than its summary."""
    program = peers.target() / "release" / "hedgelab"
    words = ["run", SCENARIO, "--no-report", "--quiet", "--no-progress"]
    words += ["--set", f"rows={rows}"] if rows else []
    out = ["| paths | wall, s | CPU, s | peak, MB | must | good | reached |", "|---|---|---|---|---|---|---|"]
    seen = []
    with tempfile.TemporaryDirectory() as place:
        for paths in sizes:
            wall, cpu, memory = spent([program, *words, "--out", place, "--paths", str(paths)])
            must, good, kept = (*MEMORY_MB, reached(memory, *MEMORY_MB)) if rows else ("", "", "")
            out.append(f"| {paths:,} | {wall:.1f} | {cpu:.1f} | {memory:,.0f} | {must} | {good} | {kept} |")
            seen.append(cpu)
    if not rows:
        out += ["", "| what | must | good | obtained | reached |", "|---|---|---|---|---|"]
        out.append(f"| CPU time of {sizes[-1]:,} paths over {sizes[0]:,} {judged(seen[-1] / seen[0], *TENFOLD)}")
    return section("memory" if rows else "scale", shown(["/usr/bin/time -v hedgelab", *words, "--paths N"]), out)


def criterion(benches):
    """Medians for an element, or for a call."""
    words = [word for bench in benches for word in ("--bench", bench)]
    options = ["--warm-up-time", "0.5", "--measurement-time", "1", "--noplot"]
    start = time.time()
    subprocess.run(["cargo", "bench", *words, "--", *options], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    out = ["| bench | ns | of | time |", "|---|---|---|---|"]
    for file in sorted((peers.target() / "criterion").glob("**/new/benchmark.json")):
        if file.stat().st_mtime < start:
            continue
        bench = json.loads(file.read_text())
        median = json.loads(file.with_name("estimates.json").read_text())["median"]["point_estimate"]
        elements = (bench.get("throughput") or {}).get("Elements")
        value, of = (median / elements, "an element") if elements else (median, "a call")
        clock = "wall" if bench["full_id"].split("/")[0] in WALL else "CPU"
        out.append(f"| {bench['full_id']} | {value:,.2f} | {of} | {clock} |")
    command = shown(["cargo bench", *words, "--", *options])
    return section("benches", command, out)


def machine():
    """What it ran on, in one line."""
    asked = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True)
    model = platform.processor() or platform.machine()
    cpu = pathlib.Path("/proc/cpuinfo")
    if cpu.exists():
        lines = cpu.read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {asked.stdout.strip()}."


def kept():
    """The sections of the file as it is, by title."""
    if not OUT.exists():
        return {}
    parts = OUT.read_text().split("\n## ")[1:]
    return {part.split("\n", 1)[0]: [f"## {part.rstrip()}", ""] for part in parts}


def write(sections):
    """To a temporary name first: a run that is broken off leaves the old file."""
    lines = ["# Performance", ""]
    lines += ["Written by `python3 benches/performance.py --large` (`--only` for some sections); each names the command that"]
    lines += [f"obtained it. {machine()}", ""]
    lines += ["The fewest nanoseconds of thread CPU time of alternated rounds, except where it says wall or median.", ""]
    lines += [line for title in TITLES.values() for line in sections.get(title, [])]
    part = OUT.with_suffix(".md.tmp")
    part.write_text("\n".join(lines).rstrip() + "\n")
    os.replace(part, OUT)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds beside the peers")
    parser.add_argument("--benches", default=BENCHES, help="criterion benches")
    parser.add_argument("--large", action="store_true", help="1,000,000 paths against 100,000 instead of 20,000 against 2,000")
    parser.add_argument("--only", nargs="+", choices=TITLES, default=list(TITLES), help="sections to measure; others stay")
    asked = parser.parse_args()
    program = peers.product()
    measure = {
        "floor": lambda: floor(program),
        "peers": lambda: ratios(program, asked.rounds),
        "scale": lambda: scale((100_000, 1_000_000) if asked.large else (2_000, 20_000), None),
        "memory": lambda: scale((20_000, 100_000) if asked.large else (2_000, 20_000), 256),
        "benches": lambda: criterion(asked.benches.split()),
    }
    for name in asked.only:
        # Each at once, so that what was measured is not lost.
        write({**kept(), TITLES[name]: measure[name]()})
        print(f"{TITLES[name]}: written to {OUT}", flush=True)


if __name__ == "__main__":
    main()
