#include "clip/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "clip/checkpoint.h"
#include "support/support.h"

namespace clipcluster::clip {
namespace {

using clipcluster::testing::read_text_file;
using clipcluster::testing::TemporaryFolder;
using clipcluster::testing::write_text_file;
using ::testing::HasSubstr;

const std::string kData = CLIPCLUSTER_SOURCE_DIR "/tests/clip/data/";

template <class Word>
Word element(const TensorInfo& tensor, std::size_t i) {
  Word word;
  std::memcpy(&word, tensor.bytes.data() + i * sizeof(Word), sizeof(Word));
  return word;
}

TEST(TorchArchive, HoldsWhatPyTorchWrote) {
  const auto file = open_torch_archive(kData + "state_dict.bin");
  ASSERT_OK(file);
  const auto& tensors = file->tensors;
  EXPECT_EQ(tensors.size(), 7U);
  EXPECT_EQ(tensors.at("f32").dtype, "F32");
  EXPECT_EQ(tensors.at("f32").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(element<float>(tensors.at("f32"), 5), 5.5F);
  EXPECT_EQ(tensors.at("f16").dtype, "F16");
  EXPECT_EQ(tensors.at("f16").bytes.size(), 10U);
  EXPECT_EQ(tensors.at("bf16").dtype, "BF16");
  EXPECT_EQ(tensors.at("bf16").shape, (std::vector<std::int64_t>{3, 1, 2}));
  EXPECT_EQ(tensors.at("ids").dtype, "I64");
  EXPECT_EQ(element<std::int64_t>(tensors.at("ids"), 6), 6);
  EXPECT_TRUE(tensors.at("scalar").shape.empty());
  EXPECT_EQ(element<float>(tensors.at("scalar"), 0), 2.5F);
  EXPECT_EQ(element<float>(tensors.at("parameter"), 2), 2.5F);
}

TEST(TorchArchive, ATensorMayBePartOfAStorage) {
  const auto file = open_torch_archive(kData + "state_dict.bin");
  ASSERT_OK(file);
  const TensorInfo& rows = file->tensors.at("rows_of_a_larger_one");
  EXPECT_EQ(rows.shape, (std::vector<std::int64_t>{2, 6}));
  EXPECT_EQ(element<float>(rows, 0), 6.5F);
  EXPECT_EQ(element<float>(rows, 11), 17.5F);
}

TEST(TorchArchive, ACheckpointFolderMayHoldOneInsteadOfSafetensors) {
  const TemporaryFolder folder;
  std::filesystem::copy(kData + "state_dict.bin", folder.file("pytorch_model.bin"));
  const auto checkpoint = Checkpoint::open(folder.path());
  ASSERT_OK(checkpoint);
  EXPECT_EQ(checkpoint->read("bf16", {3, 1, 2}).value(),
            (std::vector<float>{0.5F, 1.5F, 2.5F, 3.5F, 4.5F, 5.5F}));
}

TEST(TorchArchive, ShardsOfItToo) {
  const TemporaryFolder folder;
  std::filesystem::copy(kData + "state_dict.bin", folder.file("pytorch_model-1.bin"));
  write_text_file(folder.file("pytorch_model.bin.index.json"),
                  R"({"weight_map": {"f32": "pytorch_model-1.bin"}})");
  ASSERT_OK(Checkpoint::open(folder.path()));
}

TEST(TorchArchive, ATransposedTensorIsRefusedByName) {
  const auto file = open_torch_archive(kData + "transposed.bin");
  ASSERT_FALSE(file.is_ok());
  EXPECT_THAT(file.status().message(), HasSubstr("'transposed' is not stored row after row"));
}

class Changed : public ::testing::Test {
 protected:
  Result<WeightFile> open(const std::string& content) {
    write_text_file(folder_.file("weights.bin"), content);
    return open_torch_archive(folder_.file("weights.bin"));
  }
  std::string content_ = read_text_file(kData + "state_dict.bin");
  TemporaryFolder folder_;
};

TEST_F(Changed, AnotherFunctionIsNeverCalled) {
  const std::string expected = "ctorch._utils\n_rebuild_tensor_v2\n";
  const std::size_t at = content_.find(expected);
  ASSERT_NE(at, std::string::npos);
  std::string hostile = "cposix\nsystem";
  hostile.resize(expected.size() - 1, '_');
  const auto file = open(content_.replace(at, expected.size(), hostile + "\n"));
  ASSERT_FALSE(file.is_ok());
  EXPECT_EQ(file.status().code(), ErrorCode::unsupported);
  EXPECT_THAT(file.status().message(), HasSubstr("wants to call posix.system"));
}

TEST_F(Changed, CutAnywhereItIsRefused) {
  for (std::size_t bytes = 0; bytes < content_.size(); bytes += 17) {
    const auto file = open(content_.substr(0, bytes));
    ASSERT_FALSE(file.is_ok()) << bytes;
    EXPECT_THAT(file.status().message(), HasSubstr("weights.bin"));
  }
}

// Most changes are refused; some hit the elements or what nobody reads. None may end the program or show
// bytes that are not in the file.
TEST_F(Changed, AnyByteMayBeWrong) {
  for (std::size_t i = 0; i < content_.size(); i += 3) {
    std::string changed = content_;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    const auto file = open(changed);
    if (!file.is_ok()) continue;
    const auto all = file->bytes();
    for (const auto& [name, tensor] : file->tensors) {
      if (tensor.bytes.empty()) continue;
      ASSERT_GE(tensor.bytes.data(), all.data());
      ASSERT_LE(tensor.bytes.data() + tensor.bytes.size(), all.data() + all.size());
    }
  }
}

TEST_F(Changed, AFileThatIsNoArchive) {
  EXPECT_THAT(open("no archive at all, but long enough to look into").status().message(),
              HasSubstr("no directory of its parts"));
  EXPECT_FALSE(open("").is_ok());
}

}  // namespace
}  // namespace clipcluster::clip
