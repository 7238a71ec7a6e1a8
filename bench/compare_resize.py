#!/usr/bin/env python3
"""Our bicubic resize against Pillow's and libvips', RGB, single thread against single thread, taking turns.

  /usr/bin/python3 bench/compare_resize.py build/release/bench/resize_bench [--rounds 15]

Prints milliseconds (the median over the rounds of the best of five calls) and the median of the ratios
within each round, so that other work on the machine strikes all alike.
"""
import argparse
import statistics
import subprocess
import time

import numpy as np
import PIL
from PIL import Image

SIZES = [(500, 375), (1920, 1080), (4000, 3000)]
RIVALS = ["pillow", "vips", "vips-box", "vips-thumbnail"]


def pillow(image, target):
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        image.resize(target, Image.BICUBIC)
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--sets", default="avx512,avx2,scalar")
    options = arguments.parse_args()
    sets = options.sets.split(",")
    bench = subprocess.Popen([options.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(who, size, target):
        print(who, *size, *target, file=bench.stdin, flush=True)
        return float(bench.stdout.readline())

    print("Pillow %s; ratios: rival's time / ours" % PIL.__version__)
    for width, height in SIZES:
        target = (224 * width // min(width, height), 224 * height // min(width, height))
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(noise)
        times = {who: [] for who in sets + RIVALS}
        for _ in range(options.rounds):
            for who in sets + RIVALS[1:]:
                times[who].append(ask(who, (width, height), target))
            times["pillow"].append(pillow(image, target))
        print("%d x %d -> %d x %d" % (width, height, *target))
        print("  ms     " + "  ".join("%s %.3f" % (who, statistics.median(t)) for who, t in times.items()))
        for ours in sets:
            ratios = {rival: statistics.median(r / o for r, o in zip(times[rival], times[ours])) for rival in RIVALS}
            print("  %-7s" % ours + "  ".join("%.2fx %s" % (ratio, rival) for rival, ratio in ratios.items()))
    bench.stdin.close()


if __name__ == "__main__":
    main()
