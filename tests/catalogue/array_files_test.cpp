#include "clipcluster/array_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>

#include <gmock/gmock.h>
#include "base/half.h"
#include "clipcluster/parallel.h"

#include "support/support.h"

namespace clipcluster {
namespace {

using ::testing::HasSubstr;
using testing::read_text_file;
using testing::TemporaryFolder;
using testing::write_text_file;

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// A .npy file with a header exactly as given, padded as numpy.save pads it.
std::string npy(const std::string& dictionary, const std::string& data, int major = 1) {
  const std::size_t prefix = major == 1 ? 10 : 12;
  std::string text = dictionary;
  while ((prefix + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(major), '\0'};
  for (std::size_t i = 0; i + 8 < prefix; ++i) file += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  return file + text + data;
}

std::string dictionary(const std::string& type, const std::string& shape,
                       const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

class ArrayFiles : public ::testing::Test {
 protected:
  std::string save(const std::string& content) {
    const std::string path = folder_.file("x.npy");
    write_text_file(path, content);
    return path;
  }
  std::string error_of(const std::string& content) {
    const auto result = read_npy<float>(save(content));
    EXPECT_FALSE(result.is_ok());
    return result.status().message();
  }
  std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++count;
    return count;
  }
  TemporaryFolder folder_;
};

TEST_F(ArrayFiles, WritesWhatItReads) {
  MatrixF matrix(3, 2);
  for (std::size_t i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(i) - 1.5F;
  const std::string path = folder_.file("x.npy");
  ASSERT_OK(write_npy(path, matrix.view()));
  const auto read = read_npy<float>(path);
  ASSERT_OK(read);
  EXPECT_EQ(read->rows(), 3U);
  EXPECT_EQ(read->cols(), 2U);
  EXPECT_EQ(std::memcmp(read->data(), matrix.data(), matrix.size() * 4), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->data()) % 64, 0U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ArrayFiles, HeaderIsNumpysOwn) {
  const std::string path = folder_.file("x.npy");
  ASSERT_OK(write_npy(path, MatrixF(3, 2).view()));
  EXPECT_EQ(read_text_file(path), npy(dictionary("<f4", "(3, 2)"), std::string(24, '\0')));
  ASSERT_OK(write_npy(path, std::span<const std::int32_t>(std::vector<std::int32_t>{7})));
  EXPECT_EQ(read_text_file(path), npy(dictionary("<i4", "(1,)"), std::string("\7\0\0\0", 4)));
}

TEST_F(ArrayFiles, EveryWrittenTypeComesBack) {
  const std::string path = folder_.file("x.npy");
  const std::vector<double> doubles = {1.0, -0.1, 3e300};
  ASSERT_OK(write_npy(path, std::span<const double>(doubles)));
  const auto read = read_npy<double>(path);
  ASSERT_OK(read);
  EXPECT_EQ(read->cols(), 1U);
  EXPECT_EQ(read->data()[2], 3e300);
  const std::vector<std::int32_t> labels = {0, -1, 5};
  ASSERT_OK(write_npy(path, std::span<const std::int32_t>(labels)));
  const auto read_labels = read_npy_labels(path);
  ASSERT_OK(read_labels);
  EXPECT_EQ(read_labels.value(), labels);
}

TEST_F(ArrayFiles, ConvertsBetweenFloatingTypes) {
  const std::string half =
      npy(dictionary("<f2", "(2, 2)"), bytes_of<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF}));
  const auto from_half = read_npy<float>(save(half));
  ASSERT_OK(from_half);
  EXPECT_EQ(from_half->view()(0, 1), -2.0F);
  EXPECT_EQ(from_half->view()(1, 0), 0x1.0p-24F);
  EXPECT_EQ(from_half->view()(1, 1), 65504.0F);
  const auto from_double = read_npy<float>(save(npy(dictionary("<f8", "(1, 1)"), bytes_of<double>({0.1}))));
  ASSERT_OK(from_double);
  EXPECT_EQ(from_double->view()(0, 0), 0.1F);
  const auto from_float = read_npy<double>(save(npy(dictionary("<f4", "(1, 1)"), bytes_of<float>({0.1F}))));
  ASSERT_OK(from_float);
  EXPECT_EQ(from_float->view()(0, 0), static_cast<double>(0.1F));
}

TEST_F(ArrayFiles, ReadsVersionsTwoAndThreeAndEmptyArrays) {
  for (const int version : {2, 3}) {
    const auto read =
        read_npy<float>(save(npy(dictionary("<f4", "(1, 2)"), bytes_of<float>({1, 2}), version)));
    ASSERT_OK(read);
    EXPECT_EQ(read->view()(0, 1), 2.0F);
  }
  const auto empty = read_npy<float>(save(npy(dictionary("<f4", "(0, 7)"), "")));
  ASSERT_OK(empty);
  EXPECT_EQ(empty->rows(), 0U);
  EXPECT_EQ(empty->cols(), 7U);
}

TEST_F(ArrayFiles, DataAtAnOddPlaceIsCopied) {
  std::string file = "\x93NUMPY";
  const std::string text = dictionary("<f4", "(2,)") + "  \n";
  file += {'\x01', '\0', static_cast<char>(text.size()), '\0'};
  const auto read = read_npy<float>(save(file + text + bytes_of<float>({3, 4})));
  ASSERT_OK(read);
  EXPECT_EQ(read->data()[1], 4.0F);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read->data()) % 64, 0U);
}

TEST_F(ArrayFiles, MappingOutlivesReplacementAndRemoval) {
  const std::string path = save(npy(dictionary("<f4", "(1,)"), bytes_of<float>({5})));
  const auto read = read_npy<float>(path);
  ASSERT_OK(read);
  ASSERT_OK(write_npy(path, MatrixF(4, 4).view()));
  std::filesystem::remove(path);
  EXPECT_EQ(read->data()[0], 5.0F);
}

TEST_F(ArrayFiles, SaysWhatItCannotRead) {
  const std::string four = bytes_of<float>({1, 2, 3, 4});
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(2, 2)", "True"), four)), HasSubstr("ascontiguousarray"));
  EXPECT_THAT(error_of(npy(dictionary(">f4", "(4,)"), four)), HasSubstr("big-endian float32"));
  EXPECT_THAT(error_of(npy(dictionary("<i4", "(4,)"), four)), HasSubstr("int32; float16"));
  EXPECT_THAT(error_of(npy(dictionary("|u1", "(16,)"), four)), HasSubstr("uint8"));
  EXPECT_THAT(error_of(npy(dictionary("<c8", "(2,)"), four)), HasSubstr("complex64"));
  EXPECT_THAT(error_of(npy(dictionary("|O", "(2,)"), four)), HasSubstr("pickled"));
  EXPECT_THAT(error_of(npy(dictionary("|b1", "(16,)"), four)), HasSubstr("bool"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(1, 2, 2)"), four)),
              HasSubstr("3-dimensional array of shape (1, 2, 2)"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "()"), bytes_of<float>({1}))), HasSubstr("0-dimensional"));
  EXPECT_THAT(
      error_of(npy("{'descr': [('x', '<f4'), ('y', '<f4', (2,))], 'fortran_order': False, 'shape': (2,), }",
                   four)),
      HasSubstr("structured"));
}

TEST_F(ArrayFiles, SaysWhatIsDamaged) {
  const std::string good = npy(dictionary("<f4", "(2, 2)"), bytes_of<float>({1, 2, 3, 4}));
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto result = read_npy<float>(save(good.substr(0, length)));
    ASSERT_FALSE(result.is_ok()) << length;
    EXPECT_EQ(result.status().code(), ErrorCode::corrupt) << length;
  }
  EXPECT_THAT(error_of(good.substr(0, good.size() - 1)), HasSubstr("cut short"));
  EXPECT_THAT(error_of(good + "x"), HasSubstr("longer"));
  EXPECT_THAT(error_of("hello, world, this is text"), HasSubstr("not a .npy array"));
  EXPECT_THAT(error_of("PK\x03\x04 and so on"), HasSubstr(".npz"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(18446744073709551615, 18446744073709551615)"), "")),
              HasSubstr("cut short"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(99999999999999999999999,)"), "")),
              HasSubstr("cannot be understood"));
  EXPECT_THAT(error_of(npy("{'descr': '<f4', 'fortran_order': False}", "")),
              HasSubstr("cannot be understood"));
  EXPECT_THAT(error_of(npy("{'descr': '<f4', 'descr': '<f4', 'shape': (0,)}", "")),
              HasSubstr("cannot be understood"));
  EXPECT_THAT(error_of(npy(dictionary("<f4", "(0,)") + "x", "")), HasSubstr("cannot be understood"));
}

TEST_F(ArrayFiles, NamesTheFirstRowThatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::string file = npy(dictionary("<f4", "(3, 2)"), bytes_of<float>({1, 2, 3, infinity, nan, 1}));
  EXPECT_THAT(error_of(file), HasSubstr("infinity in row 1, column 1"));
  EXPECT_OK(read_npy<float>(save(file), true));
  EXPECT_THAT(error_of(npy(dictionary("<f8", "(2,)"), bytes_of<double>({1, 1e300}))),
              HasSubstr("too large for float32 in row 1"));
}

TEST_F(ArrayFiles, NamesTheFirstBadRowAtAnyThreadCount) {
  MatrixF matrix(300000, 2);
  for (const std::size_t row : {123456U, 200000U, 299999U})
    matrix(row, 1) = std::numeric_limits<float>::infinity();
  const std::string path = folder_.file("big.npy");
  ASSERT_OK(write_npy(path, matrix.view()));
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    EXPECT_THAT(read_npy<float>(path).status().message(), HasSubstr("row 123456, column 1"));
  }
  set_thread_count(0);
}

TEST_F(ArrayFiles, LabelsAreIntegersOfOneDimension) {
  const auto wide = read_npy_labels(save(npy(dictionary("<i8", "(2,)"), bytes_of<std::int64_t>({-1, 9}))));
  ASSERT_OK(wide);
  EXPECT_EQ(wide.value(), (std::vector<std::int32_t>{-1, 9}));
  const auto too_wide =
      read_npy_labels(save(npy(dictionary("<i8", "(1,)"), bytes_of<std::int64_t>({1LL << 40}))));
  EXPECT_THAT(too_wide.status().message(), HasSubstr("1099511627776 in row 0"));
  const auto floats = read_npy_labels(save(npy(dictionary("<f4", "(1,)"), bytes_of<float>({1}))));
  EXPECT_THAT(floats.status().message(), HasSubstr("numpy.int32"));
  const auto matrix = read_npy_labels(save(npy(dictionary("<i4", "(1, 1)"), bytes_of<std::int32_t>({1}))));
  EXPECT_THAT(matrix.status().message(), HasSubstr("one dimension"));
}

TEST_F(ArrayFiles, ReadingWhatIsNoFile) {
  EXPECT_EQ(read_npy<float>(folder_.file("none.npy")).status().code(), ErrorCode::not_found);
  EXPECT_THAT(read_npy<float>(folder_.path()).status().message(), HasSubstr("a folder"));
  const std::string pipe = folder_.file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(read_npy<float>(pipe).status().message(), HasSubstr("not a regular file"));
}

TEST_F(ArrayFiles, FailedWriteLeavesNothingAndKeepsTheOldFile) {
  const std::string missing = folder_.file("none/x.txt");
  EXPECT_THAT(write_file(missing, "x").message(), HasSubstr("none/x.txt"));
  EXPECT_THAT(write_file(folder_.path(), "x").message(), HasSubstr("it is a folder"));

  const std::string path = folder_.file("x.txt");
  ASSERT_OK(write_file(path, "old"));
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;
  std::signal(SIGXFSZ, SIG_IGN);  // the write then fails with EFBIG
  setrlimit(RLIMIT_FSIZE, &small);
  const Status status = write_file(path, std::string(5000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(status.code(), ErrorCode::io);
  EXPECT_THAT(status.message(), HasSubstr("file too large"));
  EXPECT_EQ(read_text_file(path), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ArrayFiles, FullDiskIsASentence) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  const Status status = write_file("/dev/full", "x");
  EXPECT_EQ(status.code(), ErrorCode::io);
  EXPECT_THAT(status.message(), HasSubstr("free some space"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST_F(ArrayFiles, WritesThroughALinkAndIntoADevice) {
  const std::string target = folder_.file("target");
  const std::string link = folder_.file("link");
  ASSERT_OK(write_file(target, "old"));
  std::filesystem::create_symlink("target", link);
  ASSERT_OK(write_file(link, "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_text_file(target), "new");
  ASSERT_OK(write_file("/dev/null", "gone"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(ArrayFiles, RelativePathIsWrittenBesideItself) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  EXPECT_OK(write_file("plain.txt", "x"));
  std::filesystem::current_path(before);
  EXPECT_EQ(read_text_file(folder_.file("plain.txt")), "x");
}

TEST(Half, EveryValueAgreesWithItsDefinition) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const float value = internal::float_from_f16(static_cast<std::uint16_t>(bits));
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const auto fraction = static_cast<double>(bits & 1023);
    if (exponent == 31) {
      EXPECT_EQ(std::isnan(value), fraction != 0) << bits;
      EXPECT_EQ(std::isinf(value), fraction == 0) << bits;
    } else {
      const double magnitude =
          exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
      EXPECT_EQ(std::abs(value), magnitude) << bits;
    }
    EXPECT_EQ(std::signbit(value), bits >= 0x8000) << bits;
  }
}

NamedArrays example_model() {
  NamedArrays arrays("umap", 3);
  arrays.set_text("metric", "cosine \"\n\xC3\xA9");
  arrays.add("ids", std::vector<std::int32_t>{4, 5, 6});
  arrays.add("wide", std::vector<std::int64_t>{1LL << 40});
  arrays.add("bytes", std::vector<std::uint8_t>{1, 2, 3});
  arrays.add("empty", std::vector<double>{});
  Matrix<double> points(2, 3);
  points(1, 2) = 0.25;
  arrays.add("points", SharedMatrix<double>(std::move(points)));
  return arrays;
}

TEST_F(ArrayFiles, ModelComesBack) {
  const std::string path = folder_.file("m.model");
  ASSERT_OK(write_model(path, example_model()));
  const auto read = read_model(path, "umap", 3);
  ASSERT_OK(read);
  EXPECT_EQ(read->kind(), "umap");
  EXPECT_EQ(read->version(), 3);
  EXPECT_EQ(read->text("metric").value(), "cosine \"\n\xC3\xA9");
  EXPECT_EQ(read->column<std::int32_t>("ids").value(), (std::vector<std::int32_t>{4, 5, 6}));
  EXPECT_EQ(read->column<std::uint8_t>("bytes").value(), (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_TRUE(read->column<double>("empty")->empty());
  const auto points = read->matrix<double>("points");
  ASSERT_OK(points);
  EXPECT_EQ(points->view()(1, 2), 0.25);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(points->data()) % 64, 0U);
}

TEST_F(ArrayFiles, SameModelSameBytes) {
  ASSERT_OK(write_model(folder_.file("a"), example_model()));
  ASSERT_OK(write_model(folder_.file("b"), example_model()));
  EXPECT_EQ(read_text_file(folder_.file("a")), read_text_file(folder_.file("b")));
}

TEST_F(ArrayFiles, ModelOfAnotherKindOrANewerVersion) {
  const std::string path = folder_.file("m.model");
  ASSERT_OK(write_model(path, example_model()));
  EXPECT_THAT(read_model(path, "pca", 3).status().message(), HasSubstr("kind umap, but one of kind pca"));
  const auto newer = read_model(path, "umap", 2);
  EXPECT_EQ(newer.status().code(), ErrorCode::unsupported);
  EXPECT_THAT(newer.status().message(), HasSubstr("version 3"));
  write_text_file(path, "just text, and a bit more of it, to be long enough");
  EXPECT_THAT(read_model(path, "umap", 3).status().message(), HasSubstr("not a clipcluster model"));
}

TEST_F(ArrayFiles, EveryCutAndEveryFlippedHeaderByteOfAModelIsNoticed) {
  const std::string path = folder_.file("m.model");
  ASSERT_OK(write_model(path, example_model()));
  const std::string good = read_text_file(path);
  for (std::size_t length = 0; length < good.size(); length += 7) {
    write_text_file(path, good.substr(0, length));
    EXPECT_FALSE(read_model(path, "umap", 3).is_ok()) << length;
  }
  write_text_file(path, good + std::string(64, '\0'));
  EXPECT_EQ(read_model(path, "umap", 3).status().code(), ErrorCode::corrupt);
  const std::size_t header_end = good.rfind('}');
  for (std::size_t i = 0; i < header_end; ++i) {
    if (i >= 12 && i < 16) continue;  // the reserved field
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    write_text_file(path, bad);
    const auto result = read_model(path, "umap", 3);
    EXPECT_FALSE(result.is_ok()) << i;
  }
}

TEST_F(ArrayFiles, ModelTextMustBeUtf8) {
  NamedArrays arrays("umap", 1);
  arrays.set_text("name", "\xFF");
  EXPECT_EQ(write_model(folder_.file("m"), arrays).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(entries(), 0U);
}

}  // namespace
}  // namespace clipcluster
