#!/usr/bin/env python3
"""The same workload by this program, NumPy and numba, in one run: who needs how many nanoseconds for a path-day?

    python3 benches/peers/run.py

All measure thread CPU time on one thread and take turns, round by round; the fewest nanoseconds of all rounds count. Prints
one line of JSON for each program and number of rules, then the ratios. NumPy and numba are installed by pip into a place of
their own below the target directory; without a network the peers are skipped.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = {"numpy": "numpy_streaming.py", "numba": "numba_fastmath.py"}
# Times slower than this program: what must be reached, and what is good.
TARGETS = {
    ("numpy", 20): (9.6, 12),
    ("numpy", 1000): (19, 25),
    ("numba", 20): (4.0, 5.1),
    ("numba", 100): (3.4, 4.3),
    ("numba", 1000): (2.3, 2.9),
}


class Skipped(Exception):
    """Why the peers cannot be measured."""


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def peers_python():
    """An interpreter with the pinned packages; made once for each list of them."""
    wanted = (HERE / "requirements.txt").read_bytes()
    home = target() / "peers" / hashlib.sha256(wanted + sys.version.encode()).hexdigest()[:12]
    python, done = home / "bin" / "python", home / "installed"
    if done.exists():
        return python
    try:
        venv.create(home, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
        made = subprocess.run([*pip, "-r", HERE / "requirements.txt"], capture_output=True, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Skipped(f"no virtual environment can be made: {error}") from error
    if made.returncode != 0:
        said = made.stderr.strip().splitlines() or ["no reason given"]
        raise Skipped(f"numpy and numba cannot be installed: {said[-1]}")
    done.touch()
    return python


def product():
    """Builds the program and the bench `floor`, at once so that they share a library; tells where the bench is."""
    command = ["cargo", "build", "--release", "--bins", "--bench", "floor", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "floor" and message.get("executable"):
            return message["executable"]
    raise SystemExit("cargo built no bench named floor")


def measure_product(program, rules):
    words = [program, "--rounds", "1", "--rules", str(max(rules, 1)), "--quick"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    values = {line["what"]: line["value"] for line in map(json.loads, told)}
    what = "market, marks and signals" if rules == 0 else f"{rules} rules"
    return {"peer": "hedgelab", "rules": rules, "ns_per_path_day": values[what]}


def measure_peer(python, script, rules):
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    cache = str(target() / "peers" / "cache")
    where = {"NUMBA_CACHE_DIR": cache, "PYTHONPYCACHEPREFIX": cache}
    words = [python, HERE / script, "--rules", str(rules), "--repeat", "2"]
    told = subprocess.run(words, cwd=HERE, env={**os.environ, **one, **where}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(told.stdout)


def rounds(count, rules, program, python):
    """The fewest nanoseconds of all rounds, by program and number of rules."""
    best = {}
    for _ in range(count):
        for n in [0, *rules]:
            turns = [lambda: measure_product(program, n)]
            if python:
                turns += [lambda script=script: measure_peer(python, script, n) for script in PEERS.values()]
            for turn in turns:
                seen = turn()
                key = (seen["peer"], n)
                if key not in best or seen["ns_per_path_day"] < best[key]["ns_per_path_day"]:
                    best[key] = seen
    return best


def compare(best):
    """Adds nanoseconds of a rule-day and the ratio to this program, and the target where there is one."""
    for (peer, rules), line in best.items():
        if rules:
            line["ns_per_rule_day"] = round((line["ns_per_path_day"] - best[peer, 0]["ns_per_path_day"]) / rules, 3)
        if peer != "hedgelab":
            line["ratio"] = round(line["ns_per_path_day"] / best["hedgelab", rules]["ns_per_path_day"], 2)
        if (peer, rules) in TARGETS:
            line["must"], line["good"] = TARGETS[peer, rules]
    return [best[key] for key in sorted(best, key=lambda key: (key[1], key[0]))]


def run(count, rules, program=None):
    """Lines of JSON, and why the peers were skipped, if they were."""
    try:
        python, why = peers_python(), None
    except Skipped as skipped:
        python, why = None, str(skipped)
    return compare(rounds(count, rules, program or product(), python)), why


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", default="20,100,1000")
    parser.add_argument("--product", help="the built bench `floor` (else cargo builds it)")
    asked = parser.parse_args()
    try:
        peers_python()
    except Skipped as skipped:
        print(f"skipped: {skipped}")
        return
    lines, _ = run(asked.rounds, [int(n) for n in asked.rules.split(",")], asked.product)
    for line in lines:
        print(json.dumps(line))
    print(f"\n{'rules':>6} {'program':<9} {'ns/path-day':>12} {'ratio':>7} {'must':>6} {'good':>6}", file=sys.stderr)
    for line in lines:
        ratio, must, good = (line.get(key, "") for key in ("ratio", "must", "good"))
        row = f"{line['rules']:>6} {line['peer']:<9} {line['ns_per_path_day']:>12.1f} {ratio:>7} {must:>6} {good:>6}"
        print(row, file=sys.stderr)


if __name__ == "__main__":
    main()
