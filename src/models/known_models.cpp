#include <array>

#include "clipcluster/model_store.h"

namespace clipcluster {

std::span<const KnownModel> known_models() {
  static constexpr std::array<KnownModel, 12> models = {{
      {"openai/clip-vit-base-patch32", "OpenAI's ViT-B/32: 512 columns, the fastest of them"},
      {"openai/clip-vit-base-patch16", "OpenAI's ViT-B/16: 512 columns, about four times the work of B/32"},
      {"openai/clip-vit-large-patch14",
       "OpenAI's ViT-L/14: 768 columns, about twenty times the work of B/32"},
      {"openai/clip-vit-large-patch14-336", "OpenAI's ViT-L/14 at 336 pixels: 768 columns"},
      {"laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "OpenCLIP's ViT-B/32, trained on LAION-2B: 512 columns"},
      {"laion/CLIP-ViT-B-16-laion2B-s34B-b88K", "OpenCLIP's ViT-B/16, trained on LAION-2B: 512 columns"},
      {"laion/CLIP-ViT-L-14-laion2B-s32B-b82K", "OpenCLIP's ViT-L/14, trained on LAION-2B: 768 columns"},
      {"google/siglip-base-patch16-224", "SigLIP's base: 768 columns, about four times the work of B/32"},
      {"google/siglip-base-patch16-384", "SigLIP's base at 384 pixels: 768 columns"},
      {"google/siglip-base-patch16-256-multilingual",
       "SigLIP's base for texts in many languages: 768 columns"},
      {"google/siglip-large-patch16-256", "SigLIP's large: 1024 columns"},
      {"google/siglip-so400m-patch14-384", "SigLIP's largest: 1152 columns, the slowest here"},
  }};
  return models;
}

}  // namespace clipcluster
