#!/usr/bin/env python3
"""Trains spiece.model, a SentencePiece model of a few hundred pieces with the special pieces of SigLIP's
(<pad> 0, </s> 1, <unk> 2). Needs spm_train (Debian package sentencepiece); run it in this folder.

The table of replaced characters is a small one of our own: the usual one (nmt_nfkc) takes 240 KB."""
import os
import random
import subprocess
import tempfile

ARTICLES = "a an the my this that one small big red blue green old new bright dark happy quiet".split()
NOUNS = ("photo picture cat dog tree house street man woman child flower car boat river mountain bird fish table cup "
         "book phone screen cloud sky sea café straße").split()
PREPOSITIONS = "of with in on near under behind beside".split()


def corpus(rng):
    for _ in range(4000):
        yield " ".join(rng.choice(words) for words in (ARTICLES, NOUNS, PREPOSITIONS, ARTICLES, ARTICLES, NOUNS))


def rules():
    """(from, to) as SentencePiece's TSV wants them: code points in hexadecimal."""
    for code in list(range(0xFF21, 0xFF3B)) + list(range(0xFF41, 0xFF5B)):  # full-width letters
        yield f"{code:X}", f"{code - 0xFEE0:X}"
    for space in (0x9, 0xA, 0xD, 0xA0, 0x2003, 0x2581, 0x3000):
        yield f"{space:X}", "20"
    yield "FB01", "66 69"  # the ligature fi
    yield "65 301", "E9"   # e and an acute accent


with tempfile.TemporaryDirectory() as folder:
    with open(f"{folder}/corpus.txt", "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in corpus(random.Random(1)))
    with open(f"{folder}/rules.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{a}\t{b}\n" for a, b in rules())
    subprocess.run(["spm_train", f"--input={folder}/corpus.txt", f"--model_prefix={folder}/spiece", "--vocab_size=200",
                    "--pad_id=0", "--eos_id=1", "--unk_id=2", "--bos_id=-1", "--hard_vocab_limit=false",
                    f"--normalization_rule_tsv={folder}/rules.tsv", "--num_threads=1", "--random_seed=1"], check=True)
    with open(f"{folder}/spiece.model", "rb") as file:
        model = file.read().replace(folder.encode(), b"/" * len(folder))  # the model remembers its input's path
with open("spiece.model", "wb") as file:
    file.write(model)
print(os.path.getsize("spiece.model"), "bytes")
