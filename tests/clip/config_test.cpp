// config.json and preprocessor_config.json in the forms that people's files have.
#include "clip/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clip/preprocessor_config.h"
#include "support/support.h"

namespace clipcluster::clip {
namespace {

using engines::Activation;
using ::testing::HasSubstr;

class Configs : public ::testing::Test {
 protected:
  Result<ClipConfig> config(const std::string& text) {
    testing::write_text_file(folder_.file("config.json"), text);
    return read_config(folder_.file("config.json"));
  }
  Result<PreprocessOptions> processor(const std::string& text,
                                      Architecture architecture = Architecture::clip) {
    testing::write_text_file(folder_.file("preprocessor_config.json"), text);
    return read_preprocessor_config(folder_.file("preprocessor_config.json"), architecture);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(Configs, ClipsDefaultsAreVitB32s) {
  const auto found = config(R"({"model_type": "clip"})");
  ASSERT_OK(found);
  EXPECT_EQ(found->architecture, Architecture::clip);
  EXPECT_EQ(found->vision.tokens(), 50);
  EXPECT_EQ(found->vision.hidden_size, 768);
  EXPECT_EQ(found->text.hidden_size, 512);
  EXPECT_EQ(found->text.num_attention_heads, 8);
  EXPECT_EQ(found->text.vocab_size, 49408);
  EXPECT_EQ(found->text.max_position_embeddings, 77);
  EXPECT_EQ(found->projection_dim, 512);
  EXPECT_EQ(found->vision.hidden_act, Activation::quick_gelu);
  EXPECT_FLOAT_EQ(found->vision.layer_norm_eps, 1e-5F);
}

TEST_F(Configs, SiglipsDefaultsAreBasePatch16s) {
  const auto found = config(R"({"model_type": "siglip", "text_config": {}, "vision_config": null})");
  ASSERT_OK(found);
  EXPECT_EQ(found->architecture, Architecture::siglip);
  EXPECT_EQ(found->vision.tokens(), 196);
  EXPECT_EQ(found->text.hidden_size, 768);
  EXPECT_EQ(found->text.num_attention_heads, 12);
  EXPECT_EQ(found->text.vocab_size, 32000);
  EXPECT_EQ(found->text.max_position_embeddings, 64);
  EXPECT_EQ(found->projection_dim, 768);
  EXPECT_EQ(found->text.hidden_act, Activation::gelu_tanh);
  EXPECT_FLOAT_EQ(found->text.layer_norm_eps, 1e-6F);
}

TEST_F(Configs, TheOlderObjectReplacesTheNewerOneAsAWhole) {
  const auto found = config(R"({"vision_config": {"hidden_size": 96, "image_size": 64},
                                "vision_config_dict": {"patch_size": 16}})");
  ASSERT_OK(found);
  EXPECT_EQ(found->vision.hidden_size, 768);
  EXPECT_EQ(found->vision.tokens(), 14 * 14 + 1);
}

TEST_F(Configs, NamesOfActivations) {
  for (const auto& [name, activation] :
       {std::pair("gelu", Activation::gelu), std::pair("gelu_new", Activation::gelu_tanh),
        std::pair("gelu_fast", Activation::gelu_tanh),
        std::pair("gelu_pytorch_tanh", Activation::gelu_tanh)}) {
    const auto found =
        config(std::string(R"({"model_type": "clip_vision_model", "hidden_act": ")") + name + "\"}");
    ASSERT_OK(found);
    EXPECT_EQ(found->vision.hidden_act, activation) << name;
  }
}

TEST_F(Configs, OneTowerMayEndWithoutAProjection) {
  EXPECT_TRUE(config(R"({"model_type": "clip_vision_model"})")->may_lack_projection);
  EXPECT_FALSE(config(R"({"model_type": "clip_text_model",
                          "architectures": ["CLIPTextModelWithProjection"]})")
                   ->may_lack_projection);
  EXPECT_FALSE(config(R"({"model_type": "clip"})")->may_lack_projection);
  EXPECT_EQ(config(R"({"model_type": "siglip_vision_model", "hidden_size": 96})")->projection_dim, 96);
}

TEST_F(Configs, WhatCannotBeIsASentence) {
  const auto message = [&](const std::string& text) { return config(text).status().message(); };
  EXPECT_THAT(message(R"({"model_type": "clip_vision_model", "head_dim": 32})"),
              HasSubstr("head_dim is 32"));
  EXPECT_OK(config(R"({"model_type": "clip_vision_model", "head_dim": 64})"));
  EXPECT_THAT(message(R"({"model_type": "siglip", "vision_config": {"vision_use_head": false}})"),
              HasSubstr("vision_use_head is false"));
  EXPECT_THAT(message(R"({"model_type": "siglip", "vision_config": {"hidden_size": 1152}})"),
              HasSubstr("the text tower gives 768 numbers and the image tower 1152"));
  EXPECT_THAT(message(R"({"model_type": "clip", "text_config": {"layer_norm_eps": 0}})"),
              HasSubstr("layer_norm_eps is 0"));
  EXPECT_THAT(message(R"({"model_type": "siglip2"})"), HasSubstr("model_type is \"siglip2\""));
}

TEST_F(Configs, ProcessorsOldAndNew) {
  for (const char* text :
       {R"({"feature_extractor_type": "CLIPFeatureExtractor", "size": 64, "crop_size": 64, "resample": 3})",
        R"({"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}})"}) {
    const auto found = processor(text);
    ASSERT_OK(found);
    EXPECT_EQ(found->shortest_edge, 64);
    EXPECT_EQ(found->resize_width, 0);
    EXPECT_EQ(found->crop_width, 64);
    EXPECT_EQ(found->crop_height, 64);
  }
}

TEST_F(Configs, HeightAndWidthDoNotKeepProportions) {
  const auto cropped = processor(R"({"size": {"height": 70, "width": 60}, "crop_size": 50})");
  ASSERT_OK(cropped);
  EXPECT_EQ(cropped->resize_width, 60);
  EXPECT_EQ(cropped->resize_height, 70);
  EXPECT_EQ(cropped->crop_width, 50);
  const auto whole = processor(R"({"size": {"height": 70, "width": 60}, "do_center_crop": false})");
  ASSERT_OK(whole);
  EXPECT_EQ(whole->crop_width, 60);
  EXPECT_EQ(whole->crop_height, 70);
}

TEST_F(Configs, SiglipsProcessor) {
  const auto plain = processor("{}", Architecture::siglip);
  ASSERT_OK(plain);
  EXPECT_EQ(plain->resize_width, 224);
  EXPECT_EQ(plain->crop_height, 224);
  EXPECT_FLOAT_EQ(plain->mean[0], 0.5F);
  EXPECT_FLOAT_EQ(plain->deviation[2], 0.5F);
  const auto large = processor(R"({"size": {"height": 384, "width": 384}})", Architecture::siglip);
  ASSERT_OK(large);
  EXPECT_EQ(large->resize_height, 384);
  EXPECT_EQ(large->crop_width, 384);
}

TEST_F(Configs, ProcessorsThatCannotBeFollowed) {
  const auto message = [&](const std::string& text) { return processor(text).status().message(); };
  EXPECT_THAT(message(R"({"do_center_crop": false})"), HasSubstr("'size' must be a height and a width"));
  EXPECT_THAT(message(R"({"do_resize": false})"), HasSubstr("do_resize is false"));
  EXPECT_THAT(message(R"({"resample": 2})"), HasSubstr("resample is 2"));
  EXPECT_THAT(message(R"({"size": {"shortest_edge": 64, "longest_edge": 80}})"), HasSubstr("longest_edge"));
}

}  // namespace
}  // namespace clipcluster::clip
