#!/usr/bin/env python3
"""Writes small pictures in modes other than RGB into modes/, and modes.txt: file, width, height and CRC-32 of what
Pillow 9.4 makes of them by the rules of docs/images.md, `to_rgb(image).resize((width, height), BICUBIC)`.

  /usr/bin/python3 make_modes.py        (Debian 12: python3-pil, python3-numpy)
"""
import os
import struct
import zlib

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "modes")
W, H = 37, 26
TARGETS = [(37, 26), (16, 11), (11, 16), (90, 70)]


def to_rgb(image):
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def to_8_bits(samples):
    return ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def write_png16(path, samples, color_type):
    """Pillow writes 16 bits for grey only."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 16, color_type, 0, 0, 0)) +
                  chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    os.makedirs(OUT, exist_ok=True)
    random = np.random.default_rng(4)
    noise = random.integers(0, 256, (H, W, 4), dtype=np.uint8)
    wide = random.integers(0, 65536, (H, W, 4), dtype=np.uint16)
    grey = Image.fromarray(noise[..., 0])
    rgb = Image.fromarray(noise[..., :3])
    palette = Image.fromarray(noise[..., 0] % 40).convert("P")
    palette.putpalette(random.integers(0, 256, 768, dtype=np.uint8).tobytes())
    lines = []

    def record(name, image):
        for target in TARGETS:
            resized = image.resize(target, Image.BICUBIC)
            lines.append("%s %d %d %d" % (name, *target, zlib.crc32(resized.tobytes())))

    def save(name, image, **options):
        path = os.path.join(OUT, name)
        image.save(path, optimize=True, **options)
        record(name, to_rgb(Image.open(path)))

    save("1.png", Image.fromarray(noise[..., 1] > 127))
    save("L.png", grey)
    save("LA.png", Image.merge("LA", [grey, Image.fromarray(noise[..., 3])]))
    save("RGBA.png", Image.fromarray(noise, "RGBA"))
    save("RGB-one-colour.png", rgb, transparency=tuple(int(v) for v in noise[3, 4, :3]))
    save("P.png", palette)
    save("P-alpha.png", palette, transparency=bytes(range(0, 240, 6)))
    save("P.gif", palette)
    save("P-clear.gif", palette, transparency=7)
    for name, samples, color_type in (("I16.png", wide[..., 0], 0), ("LA16.png", wide[..., :2], 4),
                                      ("RGB16.png", wide[..., :3], 2), ("RGBA16.png", wide, 6)):
        write_png16(os.path.join(OUT, name), samples, color_type)
        record(name, to_rgb(Image.fromarray(to_8_bits(samples), name[:-6] if name != "I16.png" else "L")))
    with open(os.path.join(HERE, "modes.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
