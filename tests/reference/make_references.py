#!/usr/bin/env python3
"""Records in data/<kind>.json what the reference towers make of small checkpoints of every kind.

Needs python3-numpy, python3-pil and sentencepiece (Debian packages); run it in this folder. The C++ test is
tests/clip/architectures_test.cpp."""
import json
import os

import numpy as np
from PIL import Image

import checkpoints
import tokens
import towers

IMAGES = [("first", 37, 50), ("second", 64, 41)]  # height, width: noise of these sizes
TEXTS = ["a photo of a dog", "It's 5 o'clock,\tat the BLUE house!", "", "one very long text " * 8]


def processed(pixels, processor):
    """[3, side, side], as CLIPImageProcessor's fast variant (torchvision) and SiglipImageProcessor make it."""
    picture = Image.fromarray(pixels)
    size = processor["size"]
    if isinstance(size, int):
        size = {"shortest_edge": size}
    if "shortest_edge" in size:
        edge, (width, height) = size["shortest_edge"], picture.size
        target = (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    else:
        target = (size["width"], size["height"])
    picture = picture.resize(target, Image.BICUBIC)
    if processor.get("do_center_crop"):
        crop = processor["crop_size"]
        crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
        left = int(round((picture.width - crop["width"]) / 2.0))
        top = int(round((picture.height - crop["height"]) / 2.0))
        picture = picture.crop((left, top, left + crop["width"], top + crop["height"]))
    values = np.asarray(picture, dtype=np.float64) / 255.0
    return ((values - processor["image_mean"]) / processor["image_std"]).transpose(2, 0, 1)


def rounded(vector):
    return [float(f"{x:.9g}") for x in vector]


def record(name, config, processor, plan):
    tensors = {key: checkpoints.values(key, *spec).astype(np.float64) for key, spec in plan.items()}
    siglip = config["model_type"].startswith("siglip")
    vision = config.get("vision_config", config if "vision" in config["model_type"] else None)
    text = config.get("text_config", config if "text" in config["model_type"] else None)
    result = {"config": config, "preprocessor_config": processor,
              "tensors": [[key, *spec] for key, spec in plan.items()], "images": [], "texts": []}
    if vision:
        embed = towers.siglip_image if siglip else towers.clip_image
        for image_name, height, width in IMAGES:
            pixels = processed(checkpoints.image(image_name, height, width), processor)
            result["images"].append({"name": image_name, "height": height, "width": width,
                                     "embedding": rounded(embed(pixels, tensors, vision))})
    if text:
        embed = towers.siglip_text if siglip else towers.clip_text
        to_ids = tokens.siglip_ids if siglip else tokens.clip_ids
        for line in TEXTS:
            ids = to_ids(line, text["max_position_embeddings"])
            result["texts"].append({"text": line, "ids": ids, "embedding": rounded(embed(ids, tensors, text))})
    if vision and text:
        cosine = np.dot(result["images"][0]["embedding"], result["texts"][0]["embedding"])
        bias = tensors["logit_bias"][0] if siglip else 0.0
        result["logit"] = float(np.exp(tensors["logit_scale"].reshape(-1)[0]) * cosine + bias)
    with open(f"data/{name}.json", "w", encoding="utf-8") as file:
        parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in result.items()]
        file.write("{" + ",\n".join(parts) + "}\n")
    print(name, os.path.getsize(f"data/{name}.json"), "bytes")


for kind, parts in checkpoints.kinds().items():
    record(kind, *parts)
