"""NumPy: all paths of a batch abreast, day by day, nothing stored; rules as rows of a matrix."""

import numpy as np

import workload as w


def bicubic(table, k, x, y):
    """One mark on every path."""
    at_x = np.clip((x - w.LOW[k, 0]) * w.PER_CELL[k, 0], 0.0, w.CELLS - 1e-9)
    at_y = np.clip((y - w.LOW[k, 1]) * w.PER_CELL[k, 1], 0.0, w.CELLS - 1e-9)
    i, j = at_x.astype(np.int64), at_y.astype(np.int64)
    u, t = at_x - i, at_y - j
    c = table[k, i, j]
    rows = ((c[:, :, 3] * t[:, None] + c[:, :, 2]) * t[:, None] + c[:, :, 1]) * t[:, None] + c[:, :, 0]
    return ((rows[:, 3] * u + rows[:, 2]) * u + rows[:, 1]) * u + rows[:, 0]


def variance(random, v, regime, z):
    """The quadratic-exponential step of Andersen (2008)."""
    level = w.LEVEL[regime]
    mean = level + (v - level) * w.DECAY_MEAN
    psi = (v * w.SPREAD_OF_V + w.SPREAD_OF_LEVEL[regime]) / (mean * mean)
    twice = 2.0 / np.minimum(psi, 1.5)
    b2 = twice - 1.0 + np.sqrt(twice * (twice - 1.0))
    b = np.sqrt(b2) + z
    out = mean / (1.0 + b2) * b * b
    rare = np.nonzero(psi > 1.5)[0]
    if rare.size:
        p = (psi[rare] - 1.0) / (psi[rare] + 1.0)
        u = random.random(rare.size)
        out[rare] = np.where(u <= p, 0.0, np.log((1.0 - p) / (1.0 - u + 1e-300)) * mean[rare] / (1.0 - p))
    return out


class Walk:
    """What the rules remember: arrays [rule, path]."""

    def __init__(self, rules, paths):
        shape = (len(rules.slope), paths)
        self.held, self.wealth, self.square, self.peak, self.worst, self.gain = (np.zeros(shape) for _ in range(6))
        self.target, self.spare, self.absolute = (np.empty(shape) for _ in range(3))
        self.event = np.empty(shape, dtype=bool)
        self.rules = rules
        self.columns = [x[:, None] for x in (rules.slope, rules.offset, rules.floor, rules.cap, rules.band, rules.cost)]

    def day(self, signals, pnl, rolls, portfolio, crash):
        slope, offset, floor, cap, band, cost = self.columns
        target, spare, event, held = self.target, self.spare, self.event, self.held
        np.take(signals, self.rules.signal, axis=0, out=target)
        target *= slope
        target += offset
        np.clip(target, floor, cap, out=target)
        np.take(pnl, self.rules.instrument, axis=0, out=spare)
        spare *= held
        # What is to be traded: nothing without an event.
        target -= held
        np.abs(target, out=self.absolute)
        np.greater(self.absolute, band, out=event)
        event |= rolls[self.rules.instrument][:, None]
        target *= event
        held += target
        self.absolute *= event
        self.absolute *= cost
        spare -= self.absolute
        # Gains in crashes, then portfolio and hedge together.
        np.multiply(spare, crash, out=self.absolute)
        self.gain += self.absolute
        spare += portfolio
        self.wealth += spare
        spare *= spare
        self.square += spare
        np.maximum(self.peak, self.wealth, out=self.peak)
        np.subtract(self.peak, self.wealth, out=spare)
        np.maximum(self.worst, spare, out=self.worst)


def simulate(seed, paths, days, rules, table):
    random = np.random.Generator(np.random.SFC64(seed))
    v, regime = np.full(paths, 0.0245), np.ones(paths, dtype=np.int64)
    spot = np.full((4, paths), 100.0)
    ewma, index, top = np.full(paths, 1e-4), np.ones(paths), np.ones(paths)
    strike, so_far = 0.95 * spot[0], np.zeros(paths)
    marks, pnl = np.zeros((3, paths)), np.zeros((3, paths))
    signals = np.zeros((3, paths))
    walk, vix_sum = Walk(rules, paths), 0.0
    for day in range(days):
        z, u = random.standard_normal((6, paths)), random.random((2, paths))
        # Regime, crash, variance.
        regime += u[0] < w.WORSE[regime]
        regime -= u[0] > 1.0 - w.BETTER[regime]
        jump = np.where(u[1] < w.CRASHES[regime], 1.0, 0.0)
        before = v
        v = variance(random, v, regime, z[0]) + jump * w.VARIANCE_JUMP[regime]
        size = jump * (w.CRASH_MEAN[regime] + w.CRASH_SD[regime] * z[5])
        # Four indices.
        root = np.sqrt(before * w.DT)
        shocks = w.FACTOR @ z[1:5]
        shocks *= w.OWN[:, None]
        shocks += w.LEVERAGE[:, None] * z[0]
        returns = shocks * (w.VOLATILITY[:, None] * root)
        returns += w.DRIFT * w.DT - 0.5 * w.DT * before * (w.VOLATILITY**2)[:, None]
        returns += w.BETA[:, None] * size
        growth = np.exp(returns)
        spot *= growth
        # What rules see of today is used tomorrow.
        yesterday = signals.copy()
        portfolio = w.WEIGHT @ growth - 1.0
        signals[0] = 100.0 * np.sqrt(w.FLAT[regime] + w.SLOPE * v)
        ewma = w.FORGET * ewma + (1.0 - w.FORGET) * returns[0] ** 2
        signals[1] = np.sqrt(252.0 * ewma)
        index *= 1.0 + portfolio
        np.maximum(top, index, out=top)
        signals[2] = 1.0 - index / top
        crash = np.where(signals[2] > 0.1, 1.0, 0.0)
        vix_sum += signals[0].mean()
        # Three marks, rolled after they are marked.
        deviation, old = np.sqrt(v), marks.copy()
        so_far += returns[0] ** 2
        left = float(21 - day % 21)
        rolls = day % w.ROLL == 0
        marks[0] = bicubic(table, 0, np.log(spot[0] / strike), deviation)
        marks[1] = bicubic(table, 1, so_far, deviation)
        marks[2] = bicubic(table, 2, deviation, np.full(paths, left))
        np.subtract(marks, old, out=pnl)
        if rolls[0]:
            strike = 0.95 * spot[0]
            marks[0] = bicubic(table, 0, np.full(paths, -np.log(0.95)), deviation)
        if rolls[1]:
            so_far[:] = 0.0
            marks[1] = bicubic(table, 1, so_far, deviation)
        if day == 0:
            pnl[:] = 0.0
        if len(rules.slope):
            walk.day(yesterday, pnl, rolls, portfolio, crash)
    return vix_sum / days, walk.worst.mean() if len(rules.slope) else 0.0


def main():
    asked = w.options()
    # Few rules: many paths hide the interpreter. Many rules: their state should stay in the cache.
    paths = asked.paths or (8192 if asked.rules <= 20 else 2048 if asked.rules <= 100 else 512)
    rules, table = w.Rules(asked.rules), w.tables()
    w.report("numpy", asked, paths, lambda seed: simulate(seed, paths, asked.days, rules, table))


if __name__ == "__main__":
    main()
