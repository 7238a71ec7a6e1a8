#!/usr/bin/env python3
"""From files to vectors: `clipcluster embed` beside Pillow and PyTorch in one process.

    bench/compare_embed.py FOLDER [--program build/release/bin/clipcluster] [--rounds 3] [--limit 0]

Writes a randomly initialised ViT-B/32, embeds the pictures below FOLDER with either side in turns
(torch: Pillow, torchvision's resize and crop as OpenAI's CLIP has them, batches of 16) and prints images a
second, without finding files and loading the model, and the least cosine between the two sides' vectors.
Debian's torch is as slow as the reference BLAS unless libopenblas0-pthread is installed beside it.
"""
import argparse
import json
import os
import statistics
import struct
import subprocess
import tempfile
import time

import numpy as np
import torch
from PIL import Image, ImageFile, ImageOps

WIDTH, HIDDEN, LAYERS, HEADS, PATCH, SIDE, SIZE = 768, 3072, 12, 12, 32, 224, 512
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def random_weights():
    shapes = {
        "vision_model.embeddings.class_embedding": (WIDTH,),
        "vision_model.embeddings.patch_embedding.weight": (WIDTH, 3, PATCH, PATCH),
        "vision_model.embeddings.position_embedding.weight": ((SIDE // PATCH) ** 2 + 1, WIDTH),
        "visual_projection.weight": (SIZE, WIDTH),
    }

    def add(name, outputs, inputs=None):
        shapes[name + ".weight"] = (outputs,) if inputs is None else (outputs, inputs)
        shapes[name + ".bias"] = (outputs,)

    add("vision_model.pre_layrnorm", WIDTH)
    add("vision_model.post_layernorm", WIDTH)
    for i in range(LAYERS):
        layer = f"vision_model.encoder.layers.{i}."
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            add(layer + "self_attn." + name, WIDTH, WIDTH)
        add(layer + "mlp.fc1", HIDDEN, WIDTH)
        add(layer + "mlp.fc2", WIDTH, HIDDEN)
        add(layer + "layer_norm1", WIDTH)
        add(layer + "layer_norm2", WIDTH)
    random = np.random.default_rng(1)
    weights = {}
    for name, shape in shapes.items():
        if "norm" in name:
            weights[name] = np.full(shape, float(name.endswith("weight")), np.float32)
        else:
            inputs = np.prod(shape[1:]) if len(shape) > 1 else WIDTH
            weights[name] = (random.standard_normal(shape) / np.sqrt(inputs)).astype(np.float32)
    return weights


def write_checkpoint(folder, weights):
    header, offset = {}, 0
    for name, values in weights.items():
        end = offset + values.nbytes
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder + "/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in weights.values():
            file.write(values.tobytes())
    for name in ("config.json", "preprocessor_config.json"):
        with open(f"{folder}/{name}", "w") as file:
            file.write("{}")  # every default is ViT-B/32's


class Tower(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.w = {name: torch.from_numpy(values) for name, values in weights.items()}
        self.layers = [self.layer(i) for i in range(LAYERS)]

    def layer(self, i):
        p = f"vision_model.encoder.layers.{i}."
        parts = [p + f"self_attn.{n}_proj." for n in "qkv"]
        joined = {kind: torch.cat([self.w[part + kind] for part in parts]) for kind in ("weight", "bias")}
        return p, joined["weight"], joined["bias"]

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, (WIDTH,), self.w[name + ".weight"], self.w[name + ".bias"], 1e-5)

    def linear(self, x, name):
        return torch.nn.functional.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def forward(self, pixels):
        v = "vision_model."
        x = torch.nn.functional.conv2d(pixels, self.w[v + "embeddings.patch_embedding.weight"], stride=PATCH)
        x = x.flatten(2).transpose(1, 2)
        first = self.w[v + "embeddings.class_embedding"].expand(len(x), 1, WIDTH)
        x = torch.cat([first, x], 1) + self.w[v + "embeddings.position_embedding.weight"]
        x = self.norm(x, v + "pre_layrnorm")
        images, tokens, _ = x.shape
        for p, weight, bias in self.layers:
            qkv = torch.nn.functional.linear(self.norm(x, p + "layer_norm1"), weight, bias)
            q, k, value = qkv.view(images, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            attention = torch.softmax(q @ k.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5, -1)
            mixed = (attention @ value).transpose(1, 2).reshape(images, tokens, WIDTH)
            x = x + self.linear(mixed, p + "self_attn.out_proj")
            hidden = self.linear(self.norm(x, p + "layer_norm2"), p + "mlp.fc1")
            x = x + self.linear(hidden * torch.sigmoid(1.702 * hidden), p + "mlp.fc2")
        x = self.norm(x[:, 0], v + "post_layernorm") @ self.w["visual_projection.weight"].T
        return x / x.norm(dim=-1, keepdim=True)


def pixels_of(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    image = image.convert("RGB")
    scale = SIDE / min(image.size)
    size = tuple(SIDE if n == min(image.size) else int(SIDE * n / min(image.size)) for n in image.size)
    image = image.resize(size, Image.BICUBIC) if scale != 1 else image
    left, top = (int(round((n - SIDE) / 2.0)) for n in size)
    array = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32) / 255
    return ((array - MEAN) / DEVIATION).transpose(2, 0, 1)


def torch_side(tower, paths):
    begin = time.perf_counter()
    vectors = []
    with torch.inference_mode():
        for first in range(0, len(paths), 16):
            batch = np.stack([pixels_of(path) for path in paths[first : first + 16]])
            vectors.append(tower(torch.from_numpy(batch)).numpy())
    return len(paths) / (time.perf_counter() - begin), np.concatenate(vectors)


def our_side(program, model, listing, folder, flags):
    out = folder + "/E.npy"
    command = [program, "embed", *listing, "-o", out, "--list", folder + "/files.txt", "--model", model]
    result = subprocess.run([*command, "--json", "-q", *flags], stdout=subprocess.PIPE, check=False)
    answer = json.loads(result.stdout)
    with open(folder + "/files.txt") as file:
        names = file.read().splitlines()
    return answer["images_per_second"], dict(zip(names, np.load(out)))


def usable(path):
    try:
        pixels_of(path)
        return True
    except Exception:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--program", default="build/release/bin/clipcluster")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    found = sorted(os.path.join(d, f) for d, _, files in os.walk(options.folder) for f in files)
    if options.limit:
        found = found[:: max(1, len(found) // options.limit)][: options.limit]
    paths = [os.path.abspath(path) for path in found if usable(path)]
    weights = random_weights()
    tower = Tower(weights)
    sides = {"f32": ["--precision", "f32"], "bf16": ["--precision", "bf16"], "int8": ["--precision", "int8"]}
    sides["bf16, --fast-decode"] = [*sides["bf16"], "--fast-decode"]
    rates = {name: [] for name in ["torch", *sides]}
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(folder, weights)
        pixels_of(paths[0])
        for round_ in range(options.rounds):
            rate, reference = torch_side(tower, paths)
            rates["torch"].append(rate)
            for name, flags in sides.items():
                rate, vectors = our_side(options.program, folder, paths, folder, flags)
                rates[name].append(rate)
                if round_ == 0:
                    cosines = [float(vectors[p] @ row) for p, row in zip(paths, reference) if p in vectors]
                    worst = paths[int(np.argmin(cosines))] if len(cosines) == len(paths) else "?"
                    print(f"{name}: cosine to torch least {min(cosines):.5f} ({worst}), "
                          f"mean {np.mean(cosines):.5f} of {len(cosines)}", flush=True)
    for name, values in rates.items():
        ratios = [value / base for value, base in zip(values, rates["torch"])]
        print(f"{name:20} {statistics.median(values):7.1f} images/s, {statistics.median(ratios):5.2f} x torch")


if __name__ == "__main__":
    main()
