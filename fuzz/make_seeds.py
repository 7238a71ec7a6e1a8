#!/usr/bin/python3
"""Writes the seeds that this script can: small valid inputs, and near misses. (The target `image` begins
with tests/images/data/formats.)"""
import json
import pathlib
import struct
import zipfile

import numpy as np

fuzz = pathlib.Path(__file__).parent
root = fuzz.parent


def put(target, name, content):
    folder = fuzz / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def safetensors(header, data):
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text)) + text.encode() + data


def npy_seeds():
    from numpy.lib import format as npy
    import io
    for name, array, version in [
            ("f4", np.arange(6, dtype="<f4").reshape(3, 2), (1, 0)), ("f8", np.ones((2, 2)), (2, 0)),
            ("f2", np.ones((4, 1), "<f2"), (3, 0)), ("i4", np.arange(5, dtype="<i4"), (1, 0)),
            ("i8", np.arange(5), (1, 0)), ("column", np.ones(3, "<f4"), (1, 0)),
            ("fortran", np.asfortranarray(np.ones((2, 3), "<f4")), (1, 0)),
            ("big_endian", np.ones((2, 2), ">f4"), (1, 0)), ("nan", np.full((2, 2), np.nan), (1, 0)),
            ("cube", np.ones((2, 2, 2), "<f4"), (1, 0)), ("scalar", np.float32(1), (1, 0)),
            ("empty", np.ones((0, 4), "<f4"), (1, 0)),
            ("record", np.zeros(2, [("a", "<f4"), ("b", "<i4")]), (1, 0))]:
        stream = io.BytesIO()
        npy.write_array(stream, np.asanyarray(array), version)
        put("npy", name + ".npy", stream.getvalue())


def config_seeds():
    clip = json.loads((root / "models/clip-mini/config.json").read_text())
    put("clip_config", "clip.json", json.dumps(clip))
    put("clip_config", "vision.json", json.dumps(dict(clip["vision_config"], model_type="clip_vision_model")))
    put("clip_config", "text.json", json.dumps(dict(clip["text_config"], model_type="clip_text_model")))
    put("clip_config", "defaults.json", '{"vision_config_dict": {"hidden_act": "gelu"}, "text_config": null}')
    put("clip_config", "siglip.json", '{"model_type": "siglip", "vision_config": {"image_size": 224, '
        '"patch_size": 16, "hidden_size": 768}, "text_config": {"vocab_size": 32000}}')
    put("clip_config", "deep.json", '{"projection_dim": ' + "[" * 300 + "]" * 300 + "}")
    put("preprocessor_config", "clip.json", (root / "models/clip-mini/preprocessor_config.json").read_bytes())
    put("preprocessor_config", "numbers.json", '{"size": 224, "crop_size": 224, "resample": 3, '
        '"do_rescale": false, "do_normalize": false, "rescale_factor": 0.5}')
    put("preprocessor_config", "square.json", '{"size": {"height": 32, "width": 32}, '
        '"crop_size": {"height": 32, "width": 16}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 1]}')
    put("preprocessor_config", "deep.json", '{"size": ' + '{"a":' * 300 + "1" + "}" * 300 + "}")


def weight_seeds():
    tensor = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    half = {"dtype": "F16", "shape": [3], "data_offsets": [16, 22]}
    nothing = {"dtype": "I64", "shape": [0, 7], "data_offsets": [16, 16]}
    put("safetensors", "two", safetensors({"__metadata__": {"format": "pt"}, "a": tensor, "b": half}, bytes(22)))
    put("safetensors", "empty_tensor", safetensors({"a": tensor, "n": nothing, "b": half}, bytes(22)))
    put("safetensors", "overlap", safetensors({"a": tensor, "b": tensor}, bytes(16)))
    put("safetensors", "cut", safetensors({"a": tensor}, bytes(10)))
    put("safetensors", "large", safetensors({"a": dict(tensor, shape=[2**62, 4])}, bytes(16)))
    put("safetensors", "none", safetensors({}, b""))
    for archive in ("state_dict.bin", "transposed.bin"):
        content = root / "tests/clip/data" / archive
        put("torch_archive", archive, content.read_bytes())
        with zipfile.ZipFile(content) as parts:
            for name in parts.namelist():
                if name.endswith("data.pkl"):
                    put("pickled_tensors", archive + ".pkl", parts.read(name))


def text_seeds():
    for name, text in [("plain", "a photo of a dog"), ("punctuation", "it's 10 o'clock, isn't it?!"),
                       ("entities", "&amp;lt;b&#62; &#x1F600; &notit; &#128; &#0;"), ("emoji", "\U0001F469\u200D\U0001F680 \u2603\uFE0F"),
                       ("chinese", "\u4E00\u53EA\u72D7\u7684\u7167\u7247"), ("composed", "e\u0301 \u1E9B\u0323 \u212B \uAC00\u11A8"),
                       ("ends", "<|startoftext|>x<|endoftext|>"), ("spaces", " \u00A0\u2003\t\r\n\u001C x "),
                       ("case", "STRASSE \u0130 \u03A3\u03A3 \uFB01")]:
        put("tokenizer", name, text)
    put("tokenizer", "invalid", b"\xff\xc3(\xe2\x82\xf0\x9f\x98\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf")
    put("vocabulary", "merges", ', "he": 600, "lo</w>": 601\0#version: 0.2\nh e\nl o</w>\n')
    put("vocabulary", "no_merges", "\0")
    put("vocabulary", "unknown", ", \"x\": -1\0h q\r\nh\n")
    put("piece_model", "small.model", (root / "tests/clip/data/spiece.model").read_bytes())
    put("labels_file", "plain.csv", "path,label\na.jpg,cat\nb/c.jpg,dog\n")
    put("labels_file", "quoted.csv", '\ufeff"a, b.jpg","say ""cat"""\r\n"two\nlines",x\r\n')
    put("labels_file", "ragged.csv", 'a\n\nb,c,d\n"')


def archive_seeds():
    import io
    import tarfile
    gif = (root / "tests/images/data/formats/palette.gif").read_bytes()
    when = (1980, 1, 1, 0, 0, 0)
    for name, method in [("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)]:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(zipfile.ZipInfo("a/1.gif", when), gif[:64], method)
            archive.writestr(zipfile.ZipInfo("b.txt", when), b"b" * 100, method)
        put("archive", name, stream.getvalue())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open(zipfile.ZipInfo("large", when), "w", force_zip64=True) as member:
            member.write(b"64 bits")
    put("archive", "zip64.zip", stream.getvalue())
    for name, form in [("gnu.tar", tarfile.GNU_FORMAT), ("pax.tar", tarfile.PAX_FORMAT), ("ustar.tar", tarfile.USTAR_FORMAT)]:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
            long_name = "d/" * 20 + ("n" * (60 if form == tarfile.USTAR_FORMAT else 120))
            for path, kind, content in [("1.gif", tarfile.REGTYPE, gif[:64]), (long_name, tarfile.REGTYPE, b"long"),
                                        ("link", tarfile.LNKTYPE, b""), ("symbolic", tarfile.SYMTYPE, b"")]:
                member = tarfile.TarInfo(path)
                member.type, member.size, member.linkname = kind, len(content), "" if content else "1.gif"
                archive.addfile(member, io.BytesIO(content))
        put("archive", name, stream.getvalue().rstrip(b"\0") + bytes(1024))


def model_seeds():
    """The checksum may be wrong: the target puts it right."""
    def model(header, data):
        text = json.dumps(header)
        text += " " * (-(32 + len(text)) % 64)
        return b"\x93CCMODEL" + struct.pack("<IIQQ", 1, 0, len(text), 0) + text.encode() + data
    header = {"kind": "umap", "version": 1, "texts": {"metric": "cosine"}, "data_bytes": 128,
              "arrays": {"points": {"type": "f32", "rows": 4, "cols": 4, "offset": 0},
                         "ids": {"type": "i64", "rows": 3, "cols": 1, "offset": 64}}}
    put("model_file", "whole", model(header, bytes(128)))
    put("model_file", "cut", model(header, bytes(64)))
    put("model_file", "newer", model(dict(header, version=9), bytes(128)))
    put("model_file", "other", model(dict(header, kind="pca"), bytes(128)))
    wide = {"points": {"type": "u8", "rows": 2**63, "cols": 2, "offset": 64}}
    put("model_file", "wide", model(dict(header, arrays=wide), bytes(128)))


for make in (archive_seeds, npy_seeds, config_seeds, weight_seeds, text_seeds, model_seeds):
    make()
