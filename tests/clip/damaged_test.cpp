// Damaged checkpoints: each gets a sentence that names what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "clip/random_checkpoint.h"
#include "clipcluster/clip.h"
#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::AllOf;
using testing::CheckpointShape;
using ::testing::HasSubstr;
using testing::read_text_file;
using testing::write_text_file;

class Damaged : public ::testing::Test {
 protected:
  void write() { testing::write_checkpoint(folder_.path(), shape_, tensors_); }
  std::string message() { return ClipModel::load(folder_.path()).status().message(); }
  std::string file(const std::string& name) { return folder_.file(name); }
  void replace(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = read_text_file(file(name));
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    write_text_file(file(name), text.replace(at, from.size(), to));
  }

  testing::TemporaryFolder folder_;
  CheckpointShape shape_;
  testing::Tensors tensors_ = testing::random_tensors(CheckpointShape(), 1);
};

TEST_F(Damaged, FolderThatIsNotThere) {
  EXPECT_THAT(ClipModel::load("/nowhere/at/all").status().message(),
              HasSubstr("/nowhere/at/all is not a folder"));
}

TEST_F(Damaged, MissingFiles) {
  for (const char* name : {"config.json", "preprocessor_config.json", "vocab.json", "merges.txt"}) {
    write();
    std::filesystem::remove(file(name));
    EXPECT_THAT(message(), AllOf(HasSubstr(name), HasSubstr("cannot read"))) << name;
  }
  write();
  std::filesystem::remove(file("model.safetensors"));
  EXPECT_THAT(message(), HasSubstr("neither model.safetensors nor pytorch_model.bin"));
}

TEST_F(Damaged, FilesThatAreNotJson) {
  for (const char* name : {"config.json", "preprocessor_config.json", "vocab.json"}) {
    write();
    write_text_file(file(name), "{\"a\": ");
    EXPECT_THAT(message(), AllOf(HasSubstr(name), HasSubstr("is not valid JSON"))) << name;
  }
}

TEST_F(Damaged, TruncatedAnywhere) {
  write();
  const std::string whole = read_text_file(file("model.safetensors"));
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2}) {
    write_text_file(file("model.safetensors"), whole.substr(0, size));
    EXPECT_THAT(message(), AllOf(HasSubstr("model.safetensors: tensor '"), HasSubstr("truncated")));
  }
  write_text_file(file("model.safetensors"), whole.substr(0, 100));
  EXPECT_THAT(message(), HasSubstr("model.safetensors is truncated"));
  write_text_file(file("model.safetensors"), whole.substr(0, 5));
  EXPECT_THAT(message(), HasSubstr("has 5 bytes, too few"));
  write_text_file(file("model.safetensors"), "");
  EXPECT_THAT(message(), HasSubstr("has 0 bytes, too few"));
  write_text_file(file("model.safetensors"), whole + "more");
  EXPECT_THAT(message(), HasSubstr("has 4 bytes after its last tensor"));
}

TEST_F(Damaged, HeadersThatLie) {
  write();
  const std::string whole = read_text_file(file("model.safetensors"));
  write_text_file(file("model.safetensors"), "GIF89a, not a model, says this");
  EXPECT_THAT(message(), HasSubstr("is not a safetensors file"));
  write_text_file(file("model.safetensors"), std::string("\x02\0\0\0\0\0\0\0[]", 10));
  EXPECT_THAT(message(), HasSubstr("is not a JSON object"));
  const auto with_header = [&](const std::string& header, const std::string& data) {
    const auto length = static_cast<char>(header.size());
    write_text_file(file("model.safetensors"),
                    std::string(1, length) + std::string(7, '\0') + header + data);
    return message();
  };
  EXPECT_THAT(with_header(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
              AllOf(HasSubstr("tensor 't'"), HasSubstr("need 8 bytes")));
  EXPECT_THAT(with_header(R"({"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,4]}})", "1234"),
              HasSubstr("is not described by"));
  EXPECT_THAT(with_header(R"({"t":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", "1234"),
              HasSubstr("unknown dtype \"F31\""));
  EXPECT_THAT(
      with_header(R"({"t":{"dtype":"U8","shape":[4294967296,4294967297],"data_offsets":[0,4]}})", "1234"),
      HasSubstr("overflows"));
  EXPECT_THAT(with_header(R"({"t":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", "1234"),
              HasSubstr("unused bytes before it"));
  EXPECT_THAT(with_header(R"({"t":{"dtype":"U8","shape":[],"data_offsets":[9,4]}})", "1234"),
              HasSubstr("offsets [9, 4]"));
}

TEST_F(Damaged, MissingTensor) {
  tensors_.erase("vision_model.encoder.layers.1.mlp.fc1.bias");
  write();
  EXPECT_THAT(
      message(),
      AllOf(HasSubstr("model.safetensors has no tensor 'vision_model.encoder.layers.1.mlp.fc1.bias'"),
            HasSubstr("[80]")));
}

TEST_F(Damaged, WrongShape) {
  tensors_["visual_projection.weight"].shape = {48, 20};
  write();
  EXPECT_THAT(message(),
              HasSubstr("tensor 'visual_projection.weight' has shape [48, 20], but config.json asks for "
                        "[20, 48]"));
}

TEST_F(Damaged, PositionsOfAnotherImageSize) {
  const std::string name = "vision_model.embeddings.position_embedding.weight";
  for (const int positions : {16, 18}) {
    tensors_[name] = {{positions, 48}, std::vector<double>(static_cast<std::size_t>(positions) * 48)};
    write();
    EXPECT_THAT(message(), AllOf(HasSubstr(std::to_string(positions) + " positions"), HasSubstr("have 17"),
                                 HasSubstr("image_size"), HasSubstr("patch_size")));
  }
  tensors_ = testing::random_tensors(shape_, 1);
  tensors_["text_model.embeddings.position_embedding.weight"] = {{30, 48}, std::vector<double>(30 * 48)};
  write();
  EXPECT_THAT(message(), AllOf(HasSubstr("30 positions"), HasSubstr("max_position_embeddings")));
}

TEST_F(Damaged, TensorsThatNobodyAskedForAreNotLookedAt) {
  tensors_["vision_model.embeddings.position_ids"] = {{1, 17}, std::vector<double>(17)};
  tensors_["text_model.embeddings.position_ids"] = {{1, 20}, std::vector<double>(20)};
  write();
  EXPECT_OK(ClipModel::load(folder_.path()));
}

TEST_F(Damaged, OpenClipsOwnLayout) {
  write();
  std::filesystem::rename(file("config.json"), file("open_clip_config.json"));
  EXPECT_THAT(message(), AllOf(HasSubstr("OpenCLIP's own layout"), HasSubstr("model list")));
}

TEST_F(Damaged, WrongType) {
  write();
  replace("model.safetensors", R"("dtype":"F32")", R"("dtype":"I32")");
  EXPECT_THAT(message(), HasSubstr("is of type I32; F32, F16 and BF16 can be read"));
}

TEST_F(Damaged, ShardsThatDoNotFit) {
  shape_.shards = 2;
  write();
  std::filesystem::remove(file("model-1.safetensors"));
  EXPECT_THAT(message(), HasSubstr("names the shard model-1.safetensors, which is not there"));
  write();
  replace("model.safetensors.index.json", "\"logit_scale\"", "\"logit_scald\"");
  EXPECT_THAT(message(), HasSubstr("says that tensor 'logit_scald' is in"));
  write();
  replace("model.safetensors.index.json", "\"model-0", "\"../model-0");
  EXPECT_THAT(message(), HasSubstr("is not a name"));
}

TEST_F(Damaged, ConfigsThatDoNotFit) {
  const auto with_config = [&](const std::string& name, const std::string& from, const std::string& to) {
    write();
    replace(name, from, to);
    return message();
  };
  EXPECT_THAT(with_config("config.json", "\"quick_gelu\"", "\"relu\""), HasSubstr("hidden_act 'relu'"));
  EXPECT_THAT(with_config("config.json", "\"clip\"", "\"blip\""), HasSubstr("model_type is \"blip\""));
  EXPECT_THAT(with_config("config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 5"),
              HasSubstr("hidden_size 48 is not a multiple of num_attention_heads 5"));
  EXPECT_THAT(with_config("config.json", "\"patch_size\": 8", "\"patch_size\": \"8\""),
              HasSubstr("'patch_size' is \"8\""));
  EXPECT_THAT(with_config("config.json", "\"patch_size\": 8", "\"patch_size\": 33"),
              HasSubstr("'patch_size' is 33"));
  EXPECT_THAT(with_config("config.json", "\"eos_token_id\": 513", "\"eos_token_id\": 7"),
              HasSubstr("eos_token_id 7"));
  EXPECT_THAT(with_config("preprocessor_config.json", "\"crop_size\": 32", "\"crop_size\": 30"),
              HasSubstr("crops to 30 x 30"));
  EXPECT_THAT(with_config("vocab.json", ":513", ":514"), HasSubstr("has the id 514"));
  EXPECT_THAT(with_config("merges.txt", "0.2\n", "0.2\na b\n"), HasSubstr("lacks the token 'ab'"));
  EXPECT_THAT(with_config("merges.txt", "0.2\n", "0.2\nab\n"), HasSubstr("line 2 is not two tokens"));
}

}  // namespace
}  // namespace clipcluster
