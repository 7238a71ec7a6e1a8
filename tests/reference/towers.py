"""CLIP's and SigLIP's towers in plain NumPy, float64: an independent reference for the C++ ones.

Written from the papers and from the names and shapes of Hugging Face's checkpoints; one function a part, one image
or text at a time, nothing fused and nothing fast.

Radford et al., "Learning transferable visual models from natural language supervision", 2021.
Zhai et al., "Sigmoid loss for language image pre-training", 2023."""
import math

import numpy as np

ACTIVATIONS = {
    "quick_gelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    "gelu": lambda x: 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}
ACTIVATIONS["gelu_pytorch_tanh"] = ACTIVATIONS["gelu_new"]


class Weights:
    """Tensors by name, below a prefix."""

    def __init__(self, tensors, prefix=""):
        self.tensors, self.prefix = tensors, prefix

    def __getitem__(self, name):
        return self.tensors[self.prefix + name]

    def __contains__(self, name):
        return self.prefix + name in self.tensors

    def below(self, name):
        return Weights(self.tensors, self.prefix + name + ".")


def linear(x, weights):
    y = x @ weights["weight"].T
    return y + weights["bias"] if "bias" in weights else y


def layer_norm(x, weights, eps):
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) * weights["weight"] + weights["bias"]


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(queries, keys, values, heads, causal=False):
    """queries [m, width], keys and values [n, width]; the heads side by side."""
    width = queries.shape[1] // heads
    results = []
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        scores = queries[:, part] @ keys[:, part].T / math.sqrt(width)
        if causal:
            scores = np.where(np.tri(*scores.shape, dtype=bool), scores, -np.inf)
        results.append(softmax(scores) @ values[:, part])
    return np.concatenate(results, axis=1)


def feed_forward(x, weights, activation):
    return linear(ACTIVATIONS[activation](linear(x, weights.below("fc1"))), weights.below("fc2"))


def encode(x, weights, config, causal):
    eps = config["layer_norm_eps"]
    for i in range(config["num_hidden_layers"]):
        layer = weights.below(f"encoder.layers.{i}")
        attention = layer.below("self_attn")
        normed = layer_norm(x, layer.below("layer_norm1"), eps)
        q, k, v = (linear(normed, attention.below(name)) for name in ("q_proj", "k_proj", "v_proj"))
        x = x + linear(attend(q, k, v, config["num_attention_heads"], causal), attention.below("out_proj"))
        x = x + feed_forward(layer_norm(x, layer.below("layer_norm2"), eps), layer.below("mlp"), config["hidden_act"])
    return x


def unit(x):
    return x / np.sqrt((x * x).sum())


def embed_patches(pixels, weights, config):
    """pixels [3, side, side], normalised. What does not fill a patch at the right and below is not seen."""
    patch = config["patch_size"]
    per_side = config["image_size"] // patch
    kernel = weights["patch_embedding.weight"]
    rows = []
    for top in range(per_side):
        for left in range(per_side):
            window = pixels[:, top * patch:(top + 1) * patch, left * patch:(left + 1) * patch]
            rows.append((kernel * window).sum(axis=(1, 2, 3)))
    return np.array(rows)


def clip_image(pixels, tensors, config):
    weights = Weights(tensors, "vision_model.")
    embeddings = weights.below("embeddings")
    x = embed_patches(pixels, embeddings, config)
    x = np.concatenate([embeddings["class_embedding"][None], x]) + embeddings["position_embedding.weight"]
    x = layer_norm(x, weights.below("pre_layrnorm"), config["layer_norm_eps"])
    x = encode(x, weights, config, causal=False)
    pooled = layer_norm(x[0], weights.below("post_layernorm"), config["layer_norm_eps"])
    projection = Weights(tensors, "visual_projection.")
    return unit(linear(pooled, projection) if "weight" in projection else pooled)


def clip_text(ids, tensors, config):
    weights = Weights(tensors, "text_model.")
    embeddings = weights.below("embeddings")
    x = embeddings["token_embedding.weight"][ids] + embeddings["position_embedding.weight"][:len(ids)]
    x = layer_norm(encode(x, weights, config, causal=True), weights.below("final_layer_norm"),
                   config["layer_norm_eps"])
    # 2 is what old files say whatever the vocabulary: the end is then the largest id.
    end = int(np.argmax(ids)) if config["eos_token_id"] == 2 else ids.index(config["eos_token_id"])
    projection = Weights(tensors, "text_projection.")
    return unit(linear(x[end], projection) if "weight" in projection else x[end])


def siglip_image(pixels, tensors, config):
    weights = Weights(tensors, "vision_model.")
    embeddings = weights.below("embeddings")
    eps = config["layer_norm_eps"]
    x = embed_patches(pixels, embeddings, config) + embeddings["patch_embedding.bias"]
    x = encode(x + embeddings["position_embedding.weight"], weights, config, causal=False)
    x = layer_norm(x, weights.below("post_layernorm"), eps)
    head = weights.below("head")
    # torch.nn.MultiheadAttention keeps the three projections in one matrix.
    wq, wk, wv = np.split(head["attention.in_proj_weight"], 3)
    bq, bk, bv = np.split(head["attention.in_proj_bias"], 3)
    pooled = attend(head["probe"][0] @ wq.T + bq, x @ wk.T + bk, x @ wv.T + bv, config["num_attention_heads"])
    pooled = linear(pooled, head.below("attention.out_proj"))
    pooled = pooled + feed_forward(layer_norm(pooled, head.below("layernorm"), eps), head.below("mlp"),
                                   config["hidden_act"])
    return unit(pooled[0])


def siglip_text(ids, tensors, config):
    weights = Weights(tensors, "text_model.")
    embeddings = weights.below("embeddings")
    x = embeddings["token_embedding.weight"][ids] + embeddings["position_embedding.weight"]
    x = layer_norm(encode(x, weights, config, causal=False), weights.below("final_layer_norm"),
                   config["layer_norm_eps"])
    return unit(linear(x[-1], weights.below("head")))
