#!/usr/bin/env python3
"""The image tower of a CLIP checkpoint with float32 model.safetensors, as an ONNX model.

  bench/rivals/onnx_vit.py CHECKPOINT OUTPUT.onnx [--int8]

Needs Debian's python3-onnx. Input: pixels [batch, 3, 224, 224]; output: embeddings [batch, 512], not
scaled to unit length. Shapes are ViT-B/32's. --int8: every product of the encoder as
DynamicQuantizeLinear and MatMulInteger with per-channel weights, which is what ONNX Runtime's
quantize_dynamic(per_channel=True) makes of it.
"""
import argparse
import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

WIDTH, HEADS, LAYERS, TOKENS, PATCH = 768, 12, 12, 50, 32


def read_safetensors(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


class Graph:
    def __init__(self, tensors, int8):
        self.tensors, self.int8 = tensors, int8
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind, *inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"v{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def norm(self, x, name):
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        return self.node("LayerNormalization", x, self.constant(weight), self.constant(bias),
                         axis=-1, epsilon=1e-5)

    def linear(self, x, name):
        weight = self.tensors[name + ".weight"].T
        if self.int8:
            scale = np.maximum(np.abs(weight).max(0), 1e-30) / 127
            quantized = np.rint(weight / scale).astype(np.int8)
            q, factor, zero = self.node("DynamicQuantizeLinear", x, outputs=3)
            sums = self.node("MatMulInteger", q, self.constant(quantized), zero)
            both = self.node("Mul", factor, self.constant(scale.astype(np.float32)))
            product = self.node("Mul", self.node("Cast", sums, to=TensorProto.FLOAT), both)
        else:
            product = self.node("MatMul", x, self.constant(weight))
        return self.node("Add", product, self.constant(self.tensors[name + ".bias"]))

    def heads(self, x, axes):
        shape = self.constant(np.array([0, TOKENS, HEADS, WIDTH // HEADS], np.int64))
        return self.node("Transpose", self.node("Reshape", x, shape), perm=axes)

    def attention(self, x, name):
        query = self.heads(self.linear(x, name + ".q_proj"), [0, 2, 1, 3])
        key = self.heads(self.linear(x, name + ".k_proj"), [0, 2, 3, 1])
        value = self.heads(self.linear(x, name + ".v_proj"), [0, 2, 1, 3])
        scale = self.constant(np.float32((WIDTH // HEADS)**-0.5))
        weights = self.node("Softmax", self.node("MatMul", self.node("Mul", query, scale), key), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        shape = self.constant(np.array([0, TOKENS, WIDTH], np.int64))
        return self.linear(self.node("Reshape", mixed, shape), name + ".out_proj")

    def network(self, x, name):
        hidden = self.linear(x, name + ".fc1")
        gate = self.node("Sigmoid", self.node("Mul", hidden, self.constant(np.float32(1.702))))
        return self.linear(self.node("Mul", hidden, gate), name + ".fc2")

    def tower(self):
        start = "vision_model.embeddings."
        patches = self.node("Conv", "pixels", self.constant(self.tensors[start + "patch_embedding.weight"]),
                            strides=[PATCH, PATCH])
        rows = self.node("Reshape", patches, self.constant(np.array([0, WIDTH, TOKENS - 1], np.int64)))
        rows = self.node("Transpose", rows, perm=[0, 2, 1])
        rows = self.node("Pad", rows, self.constant(np.array([0, 1, 0, 0, 0, 0], np.int64)))
        positions = self.tensors[start + "position_embedding.weight"].copy()
        positions[0] += self.tensors[start + "class_embedding"]
        x = self.norm(self.node("Add", rows, self.constant(positions)), "vision_model.pre_layrnorm")
        for i in range(LAYERS):
            name = f"vision_model.encoder.layers.{i}."
            x = self.node("Add", x, self.attention(self.norm(x, name + "layer_norm1"), name + "self_attn"))
            x = self.node("Add", x, self.network(self.norm(x, name + "layer_norm2"), name + "mlp"))
        first = self.node("Gather", x, self.constant(np.array(0, np.int64)), axis=1)
        pooled = self.norm(first, "vision_model.post_layernorm")
        return self.node("MatMul", pooled, self.constant(self.tensors["visual_projection.weight"].T))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint")
    parser.add_argument("output")
    parser.add_argument("--int8", action="store_true")
    arguments = parser.parse_args()
    graph = Graph(read_safetensors(arguments.checkpoint + "/model.safetensors"), arguments.int8)
    result = graph.tower()
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, 224, 224])]
    outputs = [helper.make_tensor_value_info(result, TensorProto.FLOAT, ["batch", 512])]
    model = helper.make_model(helper.make_graph(graph.nodes, "tower", inputs, outputs, graph.constants),
                              opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    save(model, arguments.output)


main()
