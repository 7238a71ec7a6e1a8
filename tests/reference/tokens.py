"""Token ids for the reference, independently of the C++ tokenizers."""
import os
import re
import string
import subprocess
import tempfile

from checkpoints import SMALL_VOCABULARY

SPIECE = os.path.join(os.path.dirname(__file__), "..", "clip", "data", "spiece.model")


def clip_ids(text, length):
    """For ASCII texts, and the vocabulary of 256 bytes, 256 bytes at a word's end, start and end; no merges."""
    text = re.sub(r"\s+", " ", text).strip().lower()
    words = re.findall(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+", text)
    ids = []
    for word in words:
        data = word.encode("ascii")
        ids += list(data[:-1]) + [256 + data[-1]]
    return [SMALL_VOCABULARY - 2] + ids[:length - 2] + [SMALL_VOCABULARY - 1]


def spm_ids(model, text):
    done = subprocess.run(["spm_encode", f"--model={model}", "--output_format=id"], input=text + "\n", text=True,
                          capture_output=True, check=True)
    return [int(word) for word in done.stdout.split()]


def siglip_ids(text, length):
    """What transformers' SiglipTokenizer does: the model with add_dummy_prefix off, canonical text behind "<unk>"."""
    text = "▁" + text.replace("▁", " ")
    text = "".join(c.lower() for c in text).translate(str.maketrans("", "", string.punctuation))
    text = re.sub(r"\s+", " ", text).strip()
    with open(SPIECE, "rb") as file, tempfile.NamedTemporaryFile(suffix=".model") as model:
        model.write(file.read() + b"\x1a\x02\x18\x00")  # normalizer_spec.add_dummy_prefix = false
        model.flush()
        ids = spm_ids(model.name, "<unk>" + text)[len(spm_ids(model.name, "<unk>")):]
    return (ids[:length - 1] + [1] * length)[:length]
