#!/usr/bin/env python3
"""Our image tower beside ONNX Runtime: a randomly initialised ViT-B/32, same weights, two threads, in turn.

  bench/compare_clip.py build/release/bench/clip_bench NODE_MODULES [--rounds 5]

NODE_MODULES: a folder with onnxruntime-node in it. Needs node and Debian's python3-onnx. Every round runs
each program once; medians over the rounds, and medians of the ratios within a round.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

RIVALS = pathlib.Path(__file__).parent / "rivals"
PRECISIONS = ("f32", "bf16", "int8")


def output(command):
    environment = dict(os.environ, CLIPCLUSTER_THREADS="2")
    return subprocess.run([str(c) for c in command], check=True, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def ours(bench):
    """{(precision, batch): images a second}, {precision: images a second that products alone allow}"""
    entries = json.loads(output([bench, "--benchmark_format=json", "--benchmark_min_time=1.5"]))["benchmarks"]
    rates, limits = {}, {}
    for entry in entries:
        kind, precision, size = entry["name"].split("/")[:3]
        if kind == "embed_images":
            rates[precision, int(size)] = entry["items_per_second"]
        else:
            limits[precision] = entry["images_per_second"]
    return rates, limits


def rival(modules, model, batch):
    return json.loads(output(["node", RIVALS / "onnx_run.js", modules, model, batch, 3]))


def cosine(a, b):
    norm = lambda x: sum(y * y for y in x)**0.5
    return sum(x * y for x, y in zip(a, b)) / norm(a) / norm(b)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench")
    parser.add_argument("modules")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        output([arguments.bench, "--write", folder])
        models = {"f32": folder + "/f32.onnx", "int8": folder + "/int8.onnx"}
        for name, path in models.items():
            output([sys.executable, RIVALS / "onnx_vit.py", folder, path] + ["--int8"] * (name == "int8"))
        for _ in range(arguments.rounds):
            rates, limits = ours(arguments.bench)
            theirs = {(name, batch): rival(arguments.modules, path, batch)
                      for name, path in models.items() for batch in (1, 16)}
            rounds.append((rates, limits, theirs))
    reference = rounds[0][2]["f32", 1]["embedding"]
    median = lambda values: statistics.median(list(values))
    print("| | images/s, batch 16 | to ONNX Runtime f32 | of its own product limit | one image | "
          "to ONNX Runtime f32 | cosine to ONNX Runtime f32 |\n|---|---|---|---|---|---|---|")
    for name in models:
        speed, one = (median(r[2][name, batch]["images_per_second"] for r in rounds) for batch in (16, 1))
        print(f"| ONNX Runtime {name} | {speed:.1f} | | | {1000 / one:.1f} ms | | "
              f"{cosine(reference, rounds[0][2][name, 1]['embedding']):.5f} |")
    for precision in PRECISIONS:
        embedding = [float(x) for x in output([arguments.bench, "--embed", precision]).split()]
        one = median(r[0][precision, 1] for r in rounds)
        ratios = [median(r[0][precision, batch] / r[2]["f32", batch]["images_per_second"] for r in rounds)
                  for batch in (16, 1)]
        share = median(r[0][precision, 16] / r[1][precision] for r in rounds)
        print(f"| clipcluster {precision} | {median(r[0][precision, 16] for r in rounds):.1f} | "
              f"{ratios[0]:.2f} x | {100 * share:.0f} % | {1000 / one:.1f} ms | {ratios[1]:.2f} x | "
              f"{cosine(reference, embedding):.5f} |")


main()
