"""Makes state_dict.bin: what torch.save writes for a small state dict, with all that a reader meets in
checkpoints. Needs PyTorch (1.13 made the file that is here). Values count up: element i of a tensor is i + 0.5,
of whole-number tensors i."""
import collections
import os

import torch


def counting(*shape, dtype=torch.float32):
    elements = torch.Size(shape).numel()
    return (torch.arange(elements) + 0.5).reshape(shape).to(dtype)


shared = counting(4, 6)
state = collections.OrderedDict()
state["f32"] = counting(2, 3)
state["f16"] = counting(5, dtype=torch.float16)
state["bf16"] = counting(3, 1, 2, dtype=torch.bfloat16)
state["ids"] = torch.arange(7).reshape(1, 7)
state["scalar"] = torch.tensor(2.5)
state["parameter"] = torch.nn.Parameter(counting(3))
state["rows_of_a_larger_one"] = shared[1:3]
state._metadata = {"": {"version": 1}}
folder = os.path.dirname(os.path.abspath(__file__))
torch.save(state, f"{folder}/state_dict.bin")
torch.save({"transposed": counting(2, 3).t()}, f"{folder}/transposed.bin")
