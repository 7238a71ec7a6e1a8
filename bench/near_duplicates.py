#!/usr/bin/python3
"""How many made copies `clipcluster dedup` finds, and what it ties together wrongly.

  bench/near_duplicates.py PROGRAM FOLDER... [--count 500] [--skip 0] [--agreement X] [--work FOLDER]

Of --count pictures after the first --skip (in a fixed random order) copies are made: encoded again, halved,
cropped, framed, marked, with a caption below, and with captions across (two different jokes on one template).
The other pictures stand by as strangers. Prints, for each kind, the share that was grouped with its original,
and the pairs of different pictures that were tied together, for looking at: the folders contain real
near-duplicates of their own, so these are not all mistakes. A picture that the folders hold twice, byte for
byte, is one picture. Needs Pillow and DejaVu Sans.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import subprocess
import tempfile

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
WORDS = ("when you finally find out that the cat was never yours monday morning coffee nobody me also they "
         "said it would be fine yes no maybe always happy sad").split()


def sentence(rng):
    return " ".join(rng.choice(WORDS) for _ in range(5))


def over_white(path):
    image = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def crop(image, share, rng):
    width, height = image.size
    a, b = rng.random(), rng.random()
    left, top = int(width * share * a), int(height * share * b)
    return image.crop((left, top, width - int(width * share * (1 - a)), height - int(height * share * (1 - b))))


def frame(image, share, rng):
    border = int(max(image.size) * share)
    framed = Image.new("RGB", (image.width + 2 * border, image.height + 2 * border),
                       rng.choice(["white", "black", "gray"]))
    framed.paste(image, (border, border))
    return framed


def mark(image):
    marked = image.copy()
    font = ImageFont.truetype(FONT, max(9, image.height // 22))
    ImageDraw.Draw(marked).text((image.width * 0.6, image.height * 0.9), "@funnypics", fill="white", font=font)
    return marked


def caption_below(image, share, rng):
    bar = int(image.height * share)
    result = Image.new("RGB", (image.width, image.height + bar), "white")
    result.paste(image, (0, 0))
    font = ImageFont.truetype(FONT, max(10, bar // 2))
    ImageDraw.Draw(result).text((image.width * 0.03, image.height + bar * 0.2), sentence(rng), fill="black", font=font)
    return result


def captions_across(image, rng):
    result = image.copy()
    size = max(10, image.height // 11)
    for place in (0.02, 0.86):
        ImageDraw.Draw(result).text((image.width * 0.03, image.height * place), sentence(rng), fill="white",
                                    font=ImageFont.truetype(FONT, size), stroke_width=max(1, size // 12),
                                    stroke_fill="black")
    return result


def copies(image, rng):
    yield "quality 75", image, 75
    yield "quality 40", image, 40
    yield "half size", image.resize((image.width // 2, image.height // 2), Image.LANCZOS), 92
    yield "cropped 5 %", crop(image, 0.05, rng), 92
    yield "cropped 10 %", crop(image, 0.10, rng), 92
    yield "framed 5 %", frame(image, 0.05, rng), 92
    yield "marked", mark(image), 92
    yield "cropped 20 %", crop(image, 0.20, rng), 92
    yield "caption below 12 %", caption_below(image, 0.12, rng), 92
    yield "joke A", captions_across(image, rng), 92
    yield "joke B", captions_across(image, rng), 92


MILD = 7  # the first so many kinds are mild changes


def make_pictures(folders, chosen, target):
    rng = random.Random(1)
    files = sorted(os.path.join(d, f) for folder in folders for d, _, fs in os.walk(folder) for f in fs)
    rng.shuffle(files)
    kinds = {}
    number = 0
    for path in files:
        try:
            image = over_white(path)
        except Exception:  # what Pillow cannot read is not the question here
            continue
        if min(image.size) < 100 or max(image.size) > 4 * min(image.size):
            continue
        image.save(f"{target}/{number:05d}-original.jpg", quality=95)
        if number in chosen:
            for i, (kind, copy, quality) in enumerate(copies(image, rng)):
                name = f"{number:05d}-{i:02d}.jpg"
                copy.save(f"{target}/{name}", quality=quality)
                kinds[name] = kind
        number += 1
    return kinds, number


def first_of_same_bytes(folder):
    """For each file the first one with the same bytes: dedup lists only that one of them."""
    first, same = {}, {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            same[name] = first.setdefault(hashlib.sha256(file.read()).digest(), name)
    return same


def original_of(name):
    return name[:5] + "-original.jpg"


def kept_files(output, same):
    """For each file in a group what is kept of it."""
    kept = {}
    for group in json.loads(output)["groups"]:
        if all(copy["exact"] for copy in group["copies"]):
            continue
        for file in [group["kept"], *group["copies"]]:
            kept[os.path.basename(file["path"])] = os.path.basename(group["kept"]["path"])
    return {name: kept[first] for name, first in same.items() if first in kept}


def wrong_copies(names, kept, same):
    """Of the copies in a group: how many, those whose group lacks their own original, and those of these
    that are kept with a copy of another picture."""
    grouped = [name for name in names if name in kept]
    apart = [name for name in grouped if kept[name] != kept.get(original_of(name))]
    elsewhere = [name for name in apart if same[original_of(name)] != same[original_of(kept[name])]]
    return len(grouped), apart, elsewhere


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--agreement", nargs="*", type=float, default=[0.75, 0.8, 0.85, 0.9])
    parser.add_argument("--work", help="keep everything here")
    arguments = parser.parse_args()
    work = arguments.work or tempfile.mkdtemp(prefix="near-duplicates-")
    pictures = os.path.join(work, "pictures")
    os.makedirs(pictures)
    chosen = range(arguments.skip, arguments.skip + arguments.count)
    kinds, number = make_pictures(arguments.folders, chosen, pictures)
    project = os.path.join(work, "project")
    run = subprocess.run([arguments.program, "run", pictures, "-o", project, "-q"], check=False)
    assert run.returncode in (0, 3)
    same = first_of_same_bytes(pictures)
    tables, strangers, precision, other, apart = {}, {}, {}, {}, {}
    for agreement in arguments.agreement:
        output = subprocess.run([arguments.program, "dedup", project, "--agreement", str(agreement), "--json", "-q"],
                                check=True, capture_output=True, text=True).stdout
        kept = kept_files(output, same)
        found, total = collections.Counter(), collections.Counter(kinds.values())
        for name, kind in kinds.items():
            found[kind] += kept.get(name, name) == kept.get(original_of(name), original_of(name))
        tables[agreement] = {kind: found[kind] / total[kind] for kind in total}
        jokes = [kept.get(f"{i:05d}-09.jpg", "a") == kept.get(f"{i:05d}-10.jpg", "b") for i in chosen]
        tables[agreement]["joke A with joke B"] = sum(jokes) / len(jokes)
        mild = [name for name, kind in kinds.items() if kind in list(tables[agreement])[:MILD]]
        grouped, apart[agreement], elsewhere = wrong_copies(mild, kept, same)
        precision[agreement] = 1 - len(apart[agreement]) / grouped
        other[agreement] = len(elsewhere)
        strangers[agreement] = sorted((name, file) for name, file in kept.items()
                                      if same[original_of(name)] != same[original_of(file)])
    print(f"{number} pictures, {len(kinds)} copies of {arguments.count} of them\n")
    print("| change | " + " | ".join(f"agreement {a}" for a in tables) + " |")
    print("|---|" + "---|" * len(tables))
    for kind in next(iter(tables.values())):
        print(f"| {kind} | " + " | ".join(f"{table[kind]:.3f}" for table in tables.values()) + " |")
    print("| all mild changes | " + " | ".join(
        f"{sum(list(table.values())[:MILD]) / MILD:.3f}" for table in tables.values()) + " |")
    print("| precision of these | " + " | ".join(f"{value:.3f}" for value in precision.values()) + " |")
    print("| wrong ones among them | " + " | ".join(str(len(names)) for names in apart.values()) + " |")
    print("| of these with another picture's | " + " | ".join(str(count) for count in other.values()) + " |")
    print("| files tied to another picture's | " + " | ".join(str(len(pairs)) for pairs in strangers.values()) + " |")
    print("| of them originals | " + " | ".join(
        str(sum("original" in name for name, _ in pairs)) for pairs in strangers.values()) + " |")
    with open(os.path.join(work, "tied.json"), "w", encoding="utf-8") as file:
        json.dump({str(a): {"wrong": apart[a], "tied": strangers[a]} for a in tables}, file, indent=1)
    print(f"\nwrong ones and tied pairs in {work}/tied.json")


if __name__ == "__main__":
    main()
