#!/usr/bin/env python3
"""Time and peak memory against the number of rows, ours beside what can be installed.

  bench/curve.py BUILD [--rows 10000 30000 ...] [--limit 400] [--svg bench/curve.svg]

BUILD is a build folder with the program and the benchmarks. All programs get the same CLIP-like points
(bench/clip_like.h, 512 columns, float32), one after another, each in a process of its own; the clock of ours runs
over the whole process, that of the others only over the call itself, in a warm process. Memory is the greatest
resident size of the process. A program that needs longer than --limit seconds (or, going by its last time and how it
grows, would), or more memory than there is, gets no further; ours has no limit. Needs Debian's umap-learn, python3-sklearn, r-cran-uwot and r-cran-dbscan.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

COLUMNS = 512
NEIGHBORS = 15
MIN_SAMPLES = 10
HERE = os.path.dirname(os.path.abspath(__file__))


class Outcome:
    def __init__(self, seconds, gigabytes):
        self.seconds = seconds
        self.gigabytes = gigabytes


def run(command, limit):
    """The process's wall time, peak memory and output; none if it failed or took longer than `limit` allows."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(["timeout", str(limit), *[str(part) for part in command]], stdout=output,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        return None
    # ru_maxrss of `timeout` itself is nothing; wait4 includes the greatest of its children.
    return time.perf_counter() - start, usage.ru_maxrss / 1e6, text


class Contest:
    def __init__(self, build, folder, limit):
        self.program = f"{build}/bin/clipcluster"
        self.make_points = f"{build}/bench/make_points"
        self.folder = folder
        self.limit = limit

    def prepare(self, rows):
        self.rows = rows
        subprocess.run([self.make_points, str(rows), str(COLUMNS), "1", f"{self.folder}/x.npy"], check=True)
        self.to_bin("x")

    def to_bin(self, name):
        # In a process of its own: what this one holds when it forks counts as its children's.
        command = f"import numpy as np; np.load('{self.folder}/{name}.npy').tofile('{self.folder}/{name}.bin')"
        subprocess.run([sys.executable, "-c", command], check=True)

    def ours(self, *command):
        done = run([self.program, *command, "-q"], 0)
        return done and Outcome(done[0], done[1])

    def rival(self, *command):
        done = run(command, self.limit)
        return done and Outcome(float(done[2].split()[-1]), done[1])

    def our_neighbours(self):
        return self.ours("knn", f"{self.folder}/x.npy", "--k", NEIGHBORS, "--metric", "cosine", "--indices",
                         f"{self.folder}/i.npy", "--distances", f"{self.folder}/d.npy")

    def sklearn_neighbours(self):
        return self.rival(sys.executable, f"{HERE}/rivals/sklearn_neighbors.py", f"{self.folder}/x.npy", NEIGHBORS)

    def our_umap(self):
        return self.ours("umap", f"{self.folder}/x.npy", "-o", f"{self.folder}/y.npy", "--n-neighbors", NEIGHBORS,
                         "--n-components", 5, "--min-dist", 0, "--metric", "cosine")

    def umap_learn(self):
        return self.rival(sys.executable, f"{HERE}/rivals/umap_learn.py", f"{self.folder}/x.npy",
                          f"{self.folder}/rival.npy", NEIGHBORS)

    def uwot(self):
        return self.rival("Rscript", f"{HERE}/rivals/uwot.R", f"{self.folder}/x.bin", self.rows, COLUMNS, NEIGHBORS)

    def our_hdbscan(self):
        self.to_bin("y")
        return self.ours("hdbscan", f"{self.folder}/y.npy", "--labels", f"{self.folder}/l.npy", "--min-samples",
                         MIN_SAMPLES, "--min-cluster-size", 300, "--save-model", f"{self.folder}/h.model")

    def dbscan(self):
        return self.rival("Rscript", f"{HERE}/rivals/dbscan.R", f"{self.folder}/y.bin", self.rows, 5, MIN_SAMPLES)


# In this order: HDBSCAN needs the layout of our UMAP. Last, the power of the number of rows with which a rival's time
# grows at least; none for ours.
SERIES = [
    ("neighbours", "clipcluster", Contest.our_neighbours, None),
    ("neighbours", "scikit-learn, brute force", Contest.sklearn_neighbours, 2.0),
    ("neighbours + UMAP, 5-d", "clipcluster", Contest.our_umap, None),
    ("neighbours + UMAP, 5-d", "umap-learn", Contest.umap_learn, 1.0),
    ("neighbours + UMAP, 5-d", "uwot", Contest.uwot, 1.0),
    ("HDBSCAN of the 5-d layout", "clipcluster", Contest.our_hdbscan, None),
    ("HDBSCAN of the 5-d layout", "dbscan (R)", Contest.dbscan, 2.0),
]


def would_take(outcomes, rows, power):
    if power is None or not outcomes:
        return 0.0
    last = max(outcomes)
    return outcomes[last].seconds * (rows / last) ** power


def measure(contest, sizes):
    results = {(step, name): {} for step, name, _, _ in SERIES}
    ended = set()
    for rows in sizes:
        contest.prepare(rows)
        for step, name, function, power in SERIES:
            if (step, name) in ended or would_take(results[step, name], rows, power) > contest.limit:
                continue
            outcome = function(contest)
            if outcome is None:
                ended.add((step, name))
                continue
            results[step, name][rows] = outcome
            print(f"{rows:9,} {step}: {name}: {outcome.seconds:.1f} s, {outcome.gigabytes:.2f} GB", flush=True)
    return results


def table(results, sizes):
    lines = ["| step | program | " + " | ".join(f"{rows:,}" for rows in sizes) + " |", "|---|---|" + "---|" * len(sizes)]
    for (step, name), outcomes in results.items():
        cells = [f"{outcomes[rows].seconds:.1f} s, {outcomes[rows].gigabytes:.1f} GB" if rows in outcomes else "-"
                 for rows in sizes]
        lines.append(f"| {step} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


COLOURS = {"clipcluster": "#1565c0", "scikit-learn, brute force": "#c62828", "umap-learn": "#2e7d32", "uwot": "#ef6c00",
           "dbscan (R)": "#6a1b9a"}
PANEL_WIDTH, PANEL_HEIGHT, MARGIN, GAP = 300, 240, 60, 70


class Panel:
    """One pair of logarithmic axes."""

    def __init__(self, left, top, title, unit, sizes, values):
        self.left, self.top, self.title, self.unit, self.sizes = left, top, title, unit, sizes
        self.low = np.floor(np.log10(min(values)))
        self.high = np.ceil(np.log10(max(values)) + 1e-9)

    def x(self, rows):
        first, last = np.log10(self.sizes[0]), np.log10(self.sizes[-1])
        return self.left + PANEL_WIDTH * (np.log10(rows) - first) / max(last - first, 1e-9)

    def y(self, value):
        return self.top + PANEL_HEIGHT * (self.high - np.log10(value)) / (self.high - self.low)

    def axes(self):
        parts = [f'<text x="{self.left}" y="{self.top - 12}" class="title">{self.title}</text>']
        for rows in self.sizes:
            label = f"{rows // 1000}k" if rows < 1_000_000 else f"{rows / 1e6:g}M"
            parts.append(f'<line x1="{self.x(rows):.1f}" x2="{self.x(rows):.1f}" y1="{self.top}" '
                         f'y2="{self.top + PANEL_HEIGHT}" class="grid"/>')
            parts.append(f'<text x="{self.x(rows):.1f}" y="{self.top + PANEL_HEIGHT + 16}" '
                         f'text-anchor="middle">{label}</text>')
        for exponent in range(int(self.low), int(self.high) + 1):
            y = self.y(10.0**exponent)
            parts.append(f'<line x1="{self.left}" x2="{self.left + PANEL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
            parts.append(f'<text x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**exponent:g} {self.unit}</text>')
        return parts

    def curve(self, name, values):
        places = " ".join(f"{self.x(rows):.1f},{self.y(value):.1f}" for rows, value in values)
        parts = [f'<polyline points="{places}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>']
        parts += [f'<circle cx="{self.x(rows):.1f}" cy="{self.y(value):.1f}" r="3" fill="{COLOURS[name]}"/>'
                  for rows, value in values]
        return parts


def legend(left, top, names):
    parts = []
    for i, name in enumerate(names):
        y = top + 16 * i
        parts.append(f'<line x1="{left}" x2="{left + 20}" y1="{y}" y2="{y}" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts.append(f'<text x="{left + 26}" y="{y + 4}">{name}</text>')
    return parts


def plot(results, sizes):
    steps = list(dict.fromkeys(step for step, _ in results))
    quantities = [("seconds", "s", "time"), ("gigabytes", "GB", "peak memory")]
    width = MARGIN + len(steps) * (PANEL_WIDTH + GAP)
    height = MARGIN + 2 * (PANEL_HEIGHT + GAP) + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             "<style>.title{font-size:14px;font-weight:bold}.grid{stroke:#ddd}</style>",
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for column, step in enumerate(steps):
        left = MARGIN + column * (PANEL_WIDTH + GAP)
        names = [name for s, name in results if s == step and results[s, name]]
        for row, (attribute, unit, words) in enumerate(quantities):
            curves = {name: [(rows, getattr(results[step, name][rows], attribute)) for rows in sizes
                             if rows in results[step, name]] for name in names}
            panel = Panel(left, MARGIN + row * (PANEL_HEIGHT + GAP), f"{step}: {words}", unit, sizes,
                          [value for curve in curves.values() for _, value in curve])
            parts += panel.axes()
            for name, curve in curves.items():
                parts += panel.curve(name, curve)
        parts += legend(left, MARGIN + 2 * PANEL_HEIGHT + GAP + 40, names)
    return "\n".join([*parts, "</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 100_000, 150_000, 300_000, 1_000_000])
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--svg", default=f"{HERE}/curve.svg")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Contest(arguments.build, folder, arguments.limit), arguments.rows)
    print(table(results, arguments.rows))
    with open(arguments.svg, "w", encoding="utf-8") as file:
        file.write(plot(results, arguments.rows))


if __name__ == "__main__":
    main()
