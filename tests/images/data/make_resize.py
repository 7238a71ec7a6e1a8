#!/usr/bin/env python3
"""Records what Pillow 9.4 and torchvision 0.14 make of noise, as CRC-32 of the pixels: resize.txt, crop.txt.

  python3 make_resize.py        (Debian 12: python3-pil, python3-torchvision)

The noise is the one of ../noise.h.
"""
import os
import zlib

import numpy as np
import torchvision.transforms as transforms
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (1, 300), (300, 1), (7, 7), (17, 31), (64, 64), (100, 75), (99, 101),
         (224, 224), (500, 333), (333, 500), (2, 1000), (1000, 2), (640, 480)]
TARGETS = [(1, 1), (2, 3), (7, 7), (16, 16), (31, 17), (64, 64), (100, 75), (224, 224), (1, 224), (224, 1), (336, 251)]
TALL = [((5, 1200), (5, 64)), ((3, 2000), (9, 100)), ((1200, 5), (64, 5)), ((20, 2500), (20, 2499)), ((4, 4), (900, 3)),
        ((4000, 3), (224, 224)), ((3, 4000), (224, 224)), ((1, 20000), (1, 224)), ((20000, 1), (224, 1))]
CROPS = [(224, 224), (64, 64), (225, 224), (223, 225)]


def noise(width, height):
    x = np.arange(width * height * 3, dtype=np.uint64).astype(np.uint32)
    x = x * np.uint32(2654435761)
    x ^= x >> np.uint32(15)
    x = x * np.uint32(2246822519)
    x ^= x >> np.uint32(13)
    return Image.fromarray((x & np.uint32(255)).astype(np.uint8).reshape(height, width, 3))


def crc(image):
    return zlib.crc32(image.tobytes())


def main():
    pairs = [(s, t) for s in SIZES for t in TARGETS] + TALL
    with open(os.path.join(HERE, "resize.txt"), "w") as out:
        for size, target in pairs:
            resized = noise(*size).resize(target, Image.BICUBIC)
            out.write("%d %d %d %d %d\n" % (*size, *target, crc(resized)))
    with open(os.path.join(HERE, "crop.txt"), "w") as out:
        for size in SIZES + [(1, 5000), (5000, 1), (225, 300), (301, 225), (448, 449)]:
            for edge in (224, 64, 33):
                for crop in CROPS:
                    if max(size) * edge // min(size) > 60000:
                        continue
                    steps = transforms.Compose([
                        transforms.Resize(edge, interpolation=transforms.InterpolationMode.BICUBIC),
                        transforms.CenterCrop(crop)])
                    cropped = steps(noise(*size))
                    assert cropped.size == (crop[1], crop[0])
                    out.write("%d %d %d %d %d %d\n" % (*size, edge, crop[1], crop[0], crc(cropped)))


if __name__ == "__main__":
    main()
