"""numba: one path after the other in compiled loops with `fastmath`, rules innermost; one thread."""

import numpy as np
from numba import njit

import workload as w

DT, SLOPE, FORGET, DRIFT = w.DT, float(w.SLOPE), w.FORGET, w.DRIFT
DECAY_MEAN, SPREAD_OF_V, CELLS = float(w.DECAY_MEAN), float(w.SPREAD_OF_V), w.CELLS
LEVEL, CRASHES, CRASH_MEAN, CRASH_SD = w.LEVEL, w.CRASHES, w.CRASH_MEAN, w.CRASH_SD
VARIANCE_JUMP, WORSE, BETTER, SPREAD_OF_LEVEL, FLAT = w.VARIANCE_JUMP, w.WORSE, w.BETTER, w.SPREAD_OF_LEVEL, w.FLAT
WEIGHT, VOLATILITY, LEVERAGE, BETA, FACTOR, OWN = w.WEIGHT, w.VOLATILITY, w.LEVERAGE, w.BETA, w.FACTOR, w.OWN
LOW, PER_CELL, ROLL = w.LOW, w.PER_CELL, w.ROLL


@njit(fastmath=True, cache=True)
def bicubic(table, k, x, y):
    at_x = min(max((x - LOW[k, 0]) * PER_CELL[k, 0], 0.0), CELLS - 1e-9)
    at_y = min(max((y - LOW[k, 1]) * PER_CELL[k, 1], 0.0), CELLS - 1e-9)
    i, j = int(at_x), int(at_y)
    u, t = at_x - i, at_y - j
    c = table[k, i, j]
    value = 0.0
    for power in range(3, -1, -1):
        value = value * u + (((c[power, 3] * t + c[power, 2]) * t + c[power, 1]) * t + c[power, 0])
    return value


@njit(fastmath=True, cache=True)
def variance(v, regime, z):
    """The quadratic-exponential step of Andersen (2008)."""
    level = LEVEL[regime]
    mean = level + (v - level) * DECAY_MEAN
    psi = (v * SPREAD_OF_V + SPREAD_OF_LEVEL[regime]) / (mean * mean)
    if psi <= 1.5:
        twice = 2.0 / psi
        b2 = twice - 1.0 + np.sqrt(twice * (twice - 1.0))
        b = np.sqrt(b2) + z
        return mean / (1.0 + b2) * b * b
    p = (psi - 1.0) / (psi + 1.0)
    u = np.random.random()
    if u <= p:
        return 0.0
    return np.log((1.0 - p) / (1.0 - u)) * mean / (1.0 - p)


@njit(fastmath=True, cache=True)
def simulate(seed, paths, days, table, signal, instrument, slope, offset, floor, cap, band, cost):
    np.random.seed(seed)
    n = len(slope)
    held, wealth, square = np.empty(n), np.empty(n), np.empty(n)
    peak, worst, gain = np.empty(n), np.empty(n), np.empty(n)
    spot, z, seen = np.empty(4), np.empty(6), np.empty(3)
    marks, pnl, rolls = np.empty(3), np.empty(3), np.empty(3, dtype=np.bool_)
    vix_sum, worst_sum, gain_sum, square_sum = 0.0, 0.0, 0.0, 0.0
    for path in range(paths):
        held[:] = 0.0
        wealth[:] = 0.0
        square[:] = 0.0
        peak[:] = 0.0
        worst[:] = 0.0
        gain[:] = 0.0
        spot[:] = 100.0
        seen[:] = 0.0
        marks[:] = 0.0
        v, regime, ewma, index, top, strike, so_far = 0.0245, 1, 1e-4, 1.0, 1.0, 95.0, 0.0
        for day in range(days):
            for i in range(6):
                z[i] = np.random.standard_normal()
            # Regime, crash, variance.
            u = np.random.random()
            if u < WORSE[regime]:
                regime += 1
            elif u > 1.0 - BETTER[regime]:
                regime -= 1
            before = v
            v = variance(v, regime, z[0])
            size = 0.0
            if np.random.random() < CRASHES[regime]:
                v += VARIANCE_JUMP[regime]
                size = CRASH_MEAN[regime] + CRASH_SD[regime] * z[5]
            # Four indices.
            root = np.sqrt(before * DT)
            portfolio, first = -1.0, 0.0
            for i in range(4):
                shock = 0.0
                for k in range(i + 1):
                    shock += FACTOR[i, k] * z[1 + k]
                shock = shock * OWN[i] + LEVERAGE[i] * z[0]
                change = (
                    DRIFT * DT
                    - 0.5 * DT * before * VOLATILITY[i] * VOLATILITY[i]
                    + VOLATILITY[i] * root * shock
                    + BETA[i] * size
                )
                growth = np.exp(change)
                spot[i] *= growth
                portfolio += WEIGHT[i] * growth
                if i == 0:
                    first = change
            # Three marks, rolled after they are marked.
            deviation = np.sqrt(v)
            so_far += first * first
            mark = bicubic(table, 0, np.log(spot[0] / strike), deviation)
            pnl[0] = mark - marks[0]
            marks[0] = mark
            mark = bicubic(table, 1, so_far, deviation)
            pnl[1] = mark - marks[1]
            marks[1] = mark
            mark = bicubic(table, 2, deviation, 21.0 - day % 21)
            pnl[2] = mark - marks[2]
            marks[2] = mark
            for k in range(3):
                rolls[k] = day % ROLL[k] == 0
            if rolls[0]:
                strike = 0.95 * spot[0]
                marks[0] = bicubic(table, 0, -np.log(0.95), deviation)
            if rolls[1]:
                so_far = 0.0
                marks[1] = bicubic(table, 1, 0.0, deviation)
            if day == 0:
                pnl[:] = 0.0
            index *= 1.0 + portfolio
            top = max(top, index)
            down = 1.0 - index / top
            crash = 1.0 if down > 0.1 else 0.0
            # Rules decide on yesterday's signals.
            for r in range(n):
                target = min(max(slope[r] * seen[signal[r]] + offset[r], floor[r]), cap[r])
                k = instrument[r]
                had = held[r]
                traded = target - had
                if not (abs(traded) > band[r] or rolls[k]):
                    traded = 0.0
                held[r] = had + traded
                net = had * pnl[k] - abs(traded) * cost[r]
                gain[r] += net * crash
                total = net + portfolio
                wealth[r] += total
                square[r] += total * total
                peak[r] = max(peak[r], wealth[r])
                worst[r] = max(worst[r], peak[r] - wealth[r])
            ewma = FORGET * ewma + (1.0 - FORGET) * first * first
            seen[0] = 100.0 * np.sqrt(FLAT[regime] + SLOPE * v)
            seen[1] = np.sqrt(252.0 * ewma)
            seen[2] = down
            vix_sum += seen[0]
        worst_sum += worst.mean() if n > 0 else 0.0
        gain_sum += gain.sum()
        square_sum += square.sum()
    return vix_sum / (paths * days), worst_sum / paths, gain_sum, square_sum


def main():
    asked = w.options()
    paths = asked.paths or (2048 if asked.rules <= 100 else 512)
    rules, table = w.Rules(asked.rules), w.tables()
    columns = (rules.signal, rules.instrument, rules.slope, rules.offset, rules.floor, rules.cap, rules.band, rules.cost)
    simulate(1, 1, 2, table, *columns)
    w.report("numba", asked, paths, lambda seed: simulate(seed, paths, asked.days, table, *columns))


if __name__ == "__main__":
    main()
