"""Writes validity_oracle.txt: random labels and spanning trees with hdbscan's relative_validity_,
computed edge by edge as its source does. A case: points, labels, edges (a b weight), validity."""
import math
import random


def relative_validity(labels, edges):
    clusters = max(labels) + 1
    sizes = [labels.count(c) for c in range(clusters)]
    sparseness = [0.0] * clusters
    separation = [math.inf] * clusters
    longest = 0.0
    to_noise = math.inf
    for a, b, length in edges:
        la, lb = labels[a], labels[b]
        longest = max(longest, length)
        if la == -1 and lb == -1:
            continue
        if la == -1 or lb == -1:
            to_noise = min(to_noise, length)
            continue
        if la == lb:
            sparseness[la] = max(length, sparseness[la])
        else:
            separation[la] = min(length, separation[la])
            separation[lb] = min(length, separation[lb])
    if to_noise == math.inf:
        to_noise = longest
    correction = 2 * (longest if clusters > 1 else to_noise)
    separation = [correction if s == math.inf else s for s in separation]
    index = [(s - d) / max(s, d) for s, d in zip(separation, sparseness)]
    return sum(n * v / len(labels) for n, v in zip(sizes, index))


random.seed(1)
with open("validity_oracle.txt", "w") as out:
    for case in range(24):
        n = random.randint(6, 40)
        clusters = random.choice([1, 1, 2, 3, 5])
        labels = [c % clusters for c in range(2 * clusters)] if 2 * clusters <= n else list(range(clusters))
        share_of_noise = random.choice([0.0, 0.3, 0.7])
        while len(labels) < n:
            labels.append(-1 if random.random() < share_of_noise else random.randrange(clusters))
        random.shuffle(labels)
        edges = []
        for b in range(1, n):
            a = random.randrange(b)
            edges.append((a, b, round(random.expovariate(1.0) + 0.01, 6)))
        out.write(f"{n}\n{' '.join(map(str, labels))}\n")
        for a, b, weight in edges:
            out.write(f"{a} {b} {weight}\n")
        out.write(f"{relative_validity(labels, edges)!r}\n")
