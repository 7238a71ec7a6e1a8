"""Small checkpoints of every kind: config.json, and tensors whose values anybody can work out.

A tensor is (shape, scale, centre); its values follow from its name alone (see `values`), so that the files of a
checkpoint need not be stored. tests/clip/formula.cpp works out the same numbers."""
import numpy as np

SMALL_VOCABULARY = 514  # 256 bytes, 256 bytes at a word's end, start, end
MASK = (1 << 64) - 1


def mix(x):
    """SplitMix64's finalizer (Steele, Lea and Flood, 2014) on an array of uint64."""
    with np.errstate(over="ignore"):
        x = (x + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def name_key(name):
    """64-bit FNV-1a."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    return key


def random_words(name, count):
    return mix(mix(np.arange(count, dtype=np.uint64)) ^ np.uint64(name_key(name)))


def values(name, shape, scale, centre):
    """centre + scale * uniform on [-1, 1), as float32."""
    uniform = (random_words(name, int(np.prod(shape, dtype=np.int64))) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return (centre + scale * (2.0 * uniform - 1.0)).astype(np.float32).reshape(shape)


def image(name, height, width):
    """Pixels [height, width, 3]."""
    return (random_words(name, height * width * 3) & np.uint64(255)).astype(np.uint8).reshape(height, width, 3)


class Plan(dict):
    """name -> (shape, scale, centre)"""

    def tensor(self, name, shape, scale, centre=0.0):
        self[name] = (list(shape), scale, centre)

    def norm(self, name, width):
        self.tensor(name + ".weight", [width], 0.4, 1.0)
        self.tensor(name + ".bias", [width], 0.3)

    def linear(self, name, outputs, inputs, bias=True):
        self.tensor(name + ".weight", [outputs, inputs], (3.0 / inputs) ** 0.5)
        if bias:
            self.tensor(name + ".bias", [outputs], 0.3)

    def encoder(self, tower, config):
        width = config["hidden_size"]
        for i in range(config["num_hidden_layers"]):
            layer = f"{tower}.encoder.layers.{i}."
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                self.linear(layer + "self_attn." + name, width, width)
            self.feed_forward(layer + "mlp", config)
            self.norm(layer + "layer_norm1", width)
            self.norm(layer + "layer_norm2", width)

    def feed_forward(self, name, config):
        self.linear(name + ".fc1", config["intermediate_size"], config["hidden_size"])
        self.linear(name + ".fc2", config["hidden_size"], config["intermediate_size"])

    def vision(self, config, siglip):
        width, patch = config["hidden_size"], config["patch_size"]
        positions = (config["image_size"] // patch) ** 2 + (0 if siglip else 1)
        name = "vision_model.embeddings."
        self.tensor(name + "patch_embedding.weight", [width, 3, patch, patch], 1.5 / patch)
        self.tensor(name + "position_embedding.weight", [positions, width], 0.8)
        if siglip:
            self.tensor(name + "patch_embedding.bias", [width], 0.3)
        else:
            self.tensor(name + "class_embedding", [width], 0.8)
            self.norm("vision_model.pre_layrnorm", width)
        self.encoder("vision_model", config)
        self.norm("vision_model.post_layernorm", width)
        if siglip:
            head = "vision_model.head."
            self.tensor(head + "probe", [1, 1, width], 1.5)
            self.tensor(head + "attention.in_proj_weight", [3 * width, width], (3.0 / width) ** 0.5)
            self.tensor(head + "attention.in_proj_bias", [3 * width], 0.3)
            self.linear(head + "attention.out_proj", width, width)
            self.norm(head + "layernorm", width)
            self.feed_forward(head + "mlp", config)

    def text(self, config, siglip):
        width = config["hidden_size"]
        name = "text_model.embeddings."
        self.tensor(name + "token_embedding.weight", [config["vocab_size"], width], 0.8)
        self.tensor(name + "position_embedding.weight", [config["max_position_embeddings"], width], 0.8)
        self.encoder("text_model", config)
        self.norm("text_model.final_layer_norm", width)
        if siglip:
            self.linear("text_model.head", width, width)


def tower(width, hidden, layers, heads, act, **more):
    return {"hidden_size": width, "intermediate_size": hidden, "num_hidden_layers": layers,
            "num_attention_heads": heads, "hidden_act": act, "layer_norm_eps": 1e-5, **more}


def clip_text_config(width, hidden, layers, heads, act, **more):
    return tower(width, hidden, layers, heads, act,
                 **{"vocab_size": SMALL_VOCABULARY, "max_position_embeddings": 24,
                    "eos_token_id": SMALL_VOCABULARY - 1, **more})


def siglip_tower(width, hidden, layers, heads, **more):
    return tower(width, hidden, layers, heads, "gelu_pytorch_tanh", **{"layer_norm_eps": 1e-6, **more})


def siglip_text_config(width, hidden, layers, heads):
    return siglip_tower(width, hidden, layers, heads, vocab_size=128, max_position_embeddings=16)


def clip_plan(config):
    plan = Plan()
    plan.vision(config["vision_config"], False)
    plan.text(config["text_config"], False)
    plan.linear("visual_projection", config["projection_dim"], config["vision_config"]["hidden_size"], bias=False)
    plan.linear("text_projection", config["projection_dim"], config["text_config"]["hidden_size"], bias=False)
    plan.tensor("logit_scale", [], 0.1, 4.0)
    return plan


def siglip_plan(config):
    plan = Plan()
    plan.vision(config["vision_config"], True)
    plan.text(config["text_config"], True)
    plan.tensor("logit_scale", [1], 0.1, 4.0)
    plan.tensor("logit_bias", [1], 1.0, -12.0)
    return plan


CLIP_PROCESSOR = {"image_processor_type": "CLIPImageProcessor", "do_resize": True, "do_center_crop": True,
                  "do_normalize": True, "resample": 3, "image_mean": [0.48145466, 0.4578275, 0.40821073],
                  "image_std": [0.26862954, 0.26130258, 0.27577711]}


def clip_processor(side, **more):
    return {**CLIP_PROCESSOR, "size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}, **more}


def old_processor(side):
    """As OpenAI's repositories have it, written by transformers before 4.25."""
    return {**{k: v for k, v in CLIP_PROCESSOR.items() if k != "image_processor_type"},
            "feature_extractor_type": "CLIPFeatureExtractor", "size": side, "crop_size": side}


def siglip_processor(side):
    return {"image_processor_type": "SiglipImageProcessor", "processor_class": "SiglipProcessor", "do_resize": True,
            "do_rescale": True, "do_normalize": True, "resample": 3, "rescale_factor": 0.00392156862745098,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {"height": side, "width": side}}


def clip_config(vision, text, projection):
    return {"model_type": "clip", "architectures": ["CLIPModel"], "projection_dim": projection,
            "vision_config": vision, "text_config": text}


def siglip_config(vision, text):
    return {"model_type": "siglip", "architectures": ["SiglipModel"], "vision_config": vision, "text_config": text}


def kinds():
    """name -> (config, preprocessor config, plan)"""
    result = {}

    def add(name, config, processor, plan):
        result[name] = (config, processor, plan)

    # ViT-B/32's proportions: few patches, one width of head in both towers.
    config = clip_config(tower(48, 192, 2, 3, "quick_gelu", image_size=28, patch_size=4),
                         clip_text_config(32, 128, 2, 2, "quick_gelu"), 32)
    add("clip_quick_gelu", config, old_processor(28), clip_plan(config))

    # OpenCLIP's activation; a projection of no round size; pixels that fill no patch; the historical end id.
    config = clip_config(tower(40, 100, 2, 5, "gelu", image_size=30, patch_size=7),
                         clip_text_config(40, 100, 2, 5, "gelu", eos_token_id=2), 27)
    add("clip_gelu_odd_projection", config, clip_processor(30), clip_plan(config))

    # As L/14 and the larger ones: the towers differ in everything. The processor squashes and then crops.
    config = clip_config(tower(32, 72, 3, 2, "gelu_new", image_size=24, patch_size=6),
                         clip_text_config(72, 150, 1, 6, "quick_gelu", max_position_embeddings=19), 50)
    add("clip_towers_differ", config, clip_processor(24, size={"height": 26, "width": 28}), clip_plan(config))

    # 24 x 24 patches, as L/14@336.
    config = clip_config(tower(16, 32, 1, 1, "quick_gelu", image_size=48, patch_size=2),
                         clip_text_config(16, 32, 1, 1, "quick_gelu"), 16)
    add("clip_577_tokens", config, old_processor(48), clip_plan(config))

    # One tower alone: its part of the config at the top.
    vision = tower(40, 90, 2, 4, "gelu", image_size=32, patch_size=8)
    plan = Plan()
    plan.vision(vision, False)
    add("clip_vision_pooled", {"model_type": "clip_vision_model", "architectures": ["CLIPVisionModel"], **vision},
        clip_processor(32), Plan(plan))
    plan.linear("visual_projection", 21, 40, bias=False)
    add("clip_vision", {"model_type": "clip_vision_model", "architectures": ["CLIPVisionModelWithProjection"],
                        "projection_dim": 21, **vision}, clip_processor(32), plan)
    text = clip_text_config(40, 90, 2, 4, "quick_gelu")
    plan = Plan()
    plan.text(text, False)
    add("clip_text_pooled", {"model_type": "clip_text_model", "architectures": ["CLIPTextModel"], **text}, None,
        Plan(plan))
    plan.linear("text_projection", 21, 40, bias=False)
    add("clip_text", {"model_type": "clip_text_model", "architectures": ["CLIPTextModelWithProjection"],
                      "projection_dim": 21, **text}, None, plan)

    config = siglip_config(siglip_tower(48, 120, 2, 3, image_size=32, patch_size=8), siglip_text_config(48, 120, 2, 4))
    add("siglip", config, siglip_processor(32), siglip_plan(config))
    # As so400m-patch14: heads of no round width, a feed-forward network of no round width, pixels that fill no patch.
    config = siglip_config(siglip_tower(36, 135, 2, 2, image_size=47, patch_size=9), siglip_text_config(36, 135, 1, 3))
    add("siglip_odd_sizes", config, siglip_processor(47), siglip_plan(config))
    vision = siglip_tower(32, 64, 1, 2, image_size=24, patch_size=6)
    plan = Plan()
    plan.vision(vision, True)
    add("siglip_vision", {"model_type": "siglip_vision_model", "architectures": ["SiglipVisionModel"], **vision},
        siglip_processor(24), plan)
    text = siglip_text_config(32, 64, 1, 2)
    plan = Plan()
    plan.text(text, True)
    add("siglip_text", {"model_type": "siglip_text_model", "architectures": ["SiglipTextModel"], **text}, None, plan)
    return result
