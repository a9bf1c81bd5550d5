"""The workload of the peers: parameters of the market, price tables, rules, and the clock.

Three regimes, variance by the quadratic-exponential scheme, crashes, four correlated indices, VIX, EWMA volatility,
drawdown, three marks by bicubic tables, and N rules: yesterday's signal through a clamped line, a trigger, cost, P&L,
sums for the Sharpe ratio and for crash gains, drawdown. The coefficients of the tables are made up: their cost is real,
their prices are not.
"""

import argparse
import json
import resource
import time

import numpy as np

DT = 1.0 / 252.0
REVERSION, VOL_OF_VOL = 10.5, 0.73
LEVEL = np.array([0.0185, 0.0245, 0.1200])
CRASHES = np.array([0.10, 0.40, 1.40]) * DT
CRASH_MEAN = np.array([-0.03, -0.04, -0.06])
CRASH_SD = np.array([0.04, 0.05, 0.075])
VARIANCE_JUMP = np.array([0.02, 0.04, 0.20])
# Chance of leaving a regime for the next worse and the next better one.
WORSE = np.array([1.60, 0.16, 0.0]) * DT
BETTER = np.array([0.0, 0.75, 2.0]) * DT

WEIGHT = np.array([0.4, 0.3, 0.2, 0.1])
VOLATILITY = np.array([1.0, 1.2, 1.3, 1.1])
LEVERAGE = np.array([-0.86, -0.80, -0.75, -0.70])
BETA = np.array([1.0, 1.1, 1.2, 0.9])
DRIFT = 0.06
CORRELATION = np.array([[1.0, 0.83, 0.80, 0.75], [0.83, 1.0, 0.75, 0.70], [0.80, 0.75, 1.0, 0.72], [0.75, 0.70, 0.72, 1.0]])
FACTOR = np.linalg.cholesky(CORRELATION)
OWN = np.sqrt(1.0 - LEVERAGE**2)

DECAY_MEAN = np.exp(-REVERSION * DT)
SPREAD_OF_V = VOL_OF_VOL**2 * DECAY_MEAN * (1.0 - DECAY_MEAN) / REVERSION
SPREAD_OF_LEVEL = LEVEL * VOL_OF_VOL**2 * (1.0 - DECAY_MEAN) ** 2 / (2.0 * REVERSION)

# Thirty days of expected variance: VIX^2 = FLAT[regime] + SLOPE v, in percent.
SLOPE = (1.0 - np.exp(-REVERSION / 12.0)) / (REVERSION / 12.0)
FLAT = LEVEL * (1.0 - SLOPE) + 0.004
FORGET = 0.94

# A put of 3 months (by log-moneyness and volatility), a variance swap of a month (by variance so far and volatility), a
# VIX future (by volatility and days left).
ROLL = np.array([63, 21, 21])
LOW = np.array([[-0.6, 0.02], [0.0, 0.02], [0.02, 0.0]])
HIGH = np.array([[0.6, 1.5], [0.2, 1.5], [1.5, 21.0]])
CELLS = 24
PER_CELL = CELLS / (HIGH - LOW)
COST = np.array([0.0015, 0.0008, 0.0006])


def _prices(instrument, x, y):
    if instrument == 0:
        s = y * 0.5
        m = -x / s
        return s * 0.3989 * np.exp(-0.5 * m * m) + np.maximum(-x, 0.0) / (1.0 + np.exp(np.clip(-3.0 * m, -50.0, 50.0)))
    if instrument == 1:
        return 0.5 * x + 0.08 * y * y
    return 0.02 + 0.2 * x * np.exp(-0.01 * y)


def tables():
    """Sixteen coefficients for each cell: [instrument, cell of x, cell of y, power of x, power of y] (Catmull-Rom)."""
    spline = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], dtype=float)
    out = np.empty((3, CELLS, CELLS, 4, 4))
    for k in range(3):
        x = LOW[k, 0] + (np.arange(-1, CELLS + 2)) / PER_CELL[k, 0]
        y = LOW[k, 1] + (np.arange(-1, CELLS + 2)) / PER_CELL[k, 1]
        grid = _prices(k, x[:, None], np.maximum(y, 1e-3)[None, :])
        for i in range(CELLS):
            for j in range(CELLS):
                out[k, i, j] = spline @ grid[i : i + 4, j : j + 4] @ spline.T
    return out


class Rules:
    """N rules, spread over three signals (VIX, EWMA volatility, drawdown) and three instruments."""

    def __init__(self, n):
        i = np.arange(n)
        self.signal = (i % 3).astype(np.int64)
        self.instrument = ((i // 3) % 3).astype(np.int64)
        step = (i // 9) / max(1, n // 9)
        self.slope = np.choose(self.signal, [0.05, 4.0, 8.0]) * (0.5 + step)
        self.offset = np.choose(self.signal, [-0.5, 0.2, 0.2]) * (1.0 - 0.5 * step)
        self.floor = np.full(n, 0.2)
        self.cap = np.full(n, 2.0)
        self.band = 0.05 + 0.2 * step
        self.cost = COST[self.instrument]


def options():
    """What every peer is asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--paths", type=int, default=0, help="paths at once (0: what is best for this many rules)")
    parser.add_argument("--days", type=int, default=252)
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


def report(peer, asked, paths, run):
    """Runs it `repeat` times and prints the fewest nanoseconds of this thread's CPU a path-day, as one line of JSON."""
    best = float("inf")
    for repetition in range(asked.repeat):
        start = time.thread_time_ns()
        seen = run(repetition)
        best = min(best, time.thread_time_ns() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "peer": peer,
        "rules": asked.rules,
        "ns_per_path_day": round(best / (paths * asked.days), 1),
        "peak_mb": round(memory),
        "paths_at_once": paths,
        "mean_vix": round(float(seen[0]), 2),
        "mean_drawdown": round(float(seen[1]), 4),
    }
    print(json.dumps(line), flush=True)
