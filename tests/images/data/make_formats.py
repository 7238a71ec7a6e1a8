#!/usr/bin/env python3
"""Writes small pictures in every format and mode that Pillow 9.4 writes into formats/, and formats.txt: file, format,
stored width and height, width, height and CRC-32 of the upright RGB pixels over white as Pillow sees them.

  python3 make_formats.py        (Debian 12: python3-pil, python3-numpy)
"""
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "formats")
W, H = 29, 21


def picture():
    y, x = np.mgrid[0:H, 0:W]
    return Image.fromarray(np.stack([x * 8, y * 12, (x * y * 3) % 256], -1).astype(np.uint8))


def with_alpha(image):
    y, x = np.mgrid[0:H, 0:W]
    image = image.copy()
    image.putalpha(Image.fromarray(((x * 9 + y * 5) % 256).astype(np.uint8)))
    return image


def swapped_profile():
    """sRGB with the red and green primaries exchanged: whoever applies it sees red as green."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    for i in range(count):
        at = 132 + 12 * i
        name = bytes(data[at:at + 4])
        data[at:at + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(data)


def over_white(image):
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        white.alpha_composite(image)
        image = white
    return image.convert("RGB")


def main():
    os.makedirs(OUT, exist_ok=True)
    rgb = picture()
    grey = rgb.convert("L")
    palette = rgb.quantize(16)
    lines = []

    def save(name, kind, image, expected=None, **options):
        path = os.path.join(OUT, name)
        image.save(path, **options)
        stored = Image.open(path)
        size = stored.size
        pixels = expected if expected is not None else over_white(stored)
        lines.append("%s %s %d %d %d %d %d" % (name, kind, *size, *pixels.size, zlib.crc32(pixels.tobytes())))

    save("rgb.jpg", "jpeg", rgb, quality=90)
    save("444.jpg", "jpeg", rgb, quality=95, subsampling=0)
    save("grey.jpg", "jpeg", grey)
    save("progressive.jpg", "jpeg", rgb, progressive=True)
    save("cmyk.jpg", "jpeg", rgb.convert("CMYK"))
    save("srgb_profile.jpg", "jpeg", rgb, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    save("broken_profile.jpg", "jpeg", rgb, icc_profile=b"this is no profile" * 20)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save("orientation%d.jpg" % orientation, "jpeg", rgb, exif=exif)
    save("rgb.png", "png", rgb)
    save("grey.png", "png", grey)
    save("grey_alpha.png", "png", with_alpha(rgb).convert("LA"))
    save("alpha.png", "png", with_alpha(rgb))
    save("bits.png", "png", rgb.convert("1"))
    save("palette.png", "png", palette)
    save("palette_transparent.png", "png", palette, transparency=3)
    wide = Image.fromarray((np.array(grey).astype(np.uint16) * 257))
    save("grey16.png", "png", wide, expected=grey.convert("RGB"))
    exif = Image.Exif()
    exif[0x0112] = 6
    save("orientation6.png", "png", rgb, exif=exif)
    save("swapped_profile.png", "png", rgb, icc_profile=swapped_profile(),
         expected=Image.merge("RGB", [rgb.split()[i] for i in (1, 0, 2)]))
    save("palette.gif", "gif", palette)
    save("transparent.gif", "gif", palette, transparency=3)
    save("animated.gif", "gif", palette, save_all=True, append_images=[palette.rotate(180), palette.rotate(90)],
         duration=100, expected=palette.convert("RGB"))
    save("lossless.webp", "webp", rgb, lossless=True)
    save("alpha.webp", "webp", with_alpha(rgb), lossless=True, exact=True)
    save("lossy.webp", "webp", rgb)
    save("animated.webp", "webp", rgb, save_all=True, append_images=[rgb.rotate(180)], lossless=True, duration=100,
         expected=rgb)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        save(compression + ".tif", "tiff", rgb, compression=compression)
    save("fax.tif", "tiff", rgb.convert("1"), compression="group4")
    save("grey.tif", "tiff", grey)
    save("palette.tif", "tiff", palette)
    save("cmyk.tif", "tiff", rgb.convert("CMYK"))
    save("alpha.tif", "tiff", with_alpha(rgb))
    save("jpeg.tif", "tiff", rgb, compression="jpeg")
    save("rgb.bmp", "bmp", rgb)
    save("grey.bmp", "bmp", grey)
    save("bits.bmp", "bmp", rgb.convert("1"))
    save("palette.bmp", "bmp", palette)
    with open(os.path.join(HERE, "formats.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
