#include "cli/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "clipcluster/images.h"
#include "clipcluster/random.h"

extern char** environ;

namespace clipcluster::testing {
namespace {

pid_t start(const std::vector<std::string>& arguments, const std::string& in, const std::string& out,
            const std::string& err) {
  std::vector<std::string> words = {CLIPCLUSTER_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, CLIPCLUSTER_PROGRAM, &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Outcome run_program(const std::vector<std::string>& arguments, const std::string& input) {
  const TemporaryFolder folder;
  write_text_file(folder.file("in"), input);
  const pid_t child = start(arguments, folder.file("in"), folder.file("out"), folder.file("err"));
  int status = 0;
  waitpid(child, &status, 0);
  return {exit_code(status), read_text_file(folder.file("out")), read_text_file(folder.file("err"))};
}

Outcome run_and_interrupt(const std::vector<std::string>& arguments, const std::string& sign) {
  const TemporaryFolder folder;
  const pid_t child = start(arguments, "/dev/null", folder.file("out"), folder.file("err"));
  int status = 0;
  bool sent = false;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (!sent && read_text_file(folder.file("err")).find(sign) != std::string::npos) {
      kill(child, SIGINT);
      sent = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(sent) << "it ended before it said '" << sign << "'";
  return {exit_code(status), read_text_file(folder.file("out")), read_text_file(folder.file("err"))};
}

MatrixF grouped_points(std::size_t groups, std::size_t rows_per_group, std::size_t columns) {
  const CounterRandom random(7, "test points");
  MatrixF points(groups * rows_per_group, columns);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const double center = 10.0 * random.normal(i / rows_per_group + 1'000'000, j);
      points(i, j) = static_cast<float>(center + random.normal(i, j));
    }
  }
  return points;
}

std::string npy_header(const std::string& path) {
  const std::string file = read_text_file(path);
  if (file.size() < 10) return "";
  const std::size_t end = file.find('}');
  return end == std::string::npos ? "" : file.substr(10, end - 9);
}

void write_picture(const std::string& path, int kind, int variant) {
  Image image;
  image.width = 96 + variant % 3;
  image.height = 80;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int along = kind % 2 == 0 ? x : y;
      const bool bright = (along + variant) / (4 + 3 * kind) % 2 == 0;
      for (int channel = 0; channel < 3; ++channel) {
        const int base = channel == kind % 3 ? 200 : 40;
        image.rgb.push_back(static_cast<std::uint8_t>(bright ? base : base / 2 + variant % 20));
      }
    }
  }
  const auto jpeg = encode_jpeg(image, 90);
  ASSERT_OK(jpeg);
  write_text_file(path, std::string(jpeg->begin(), jpeg->end()));
}

}  // namespace clipcluster::testing
