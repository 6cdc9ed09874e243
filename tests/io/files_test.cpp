// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "damage.hpp"

namespace faltung::test {
namespace {

namespace fs = std::filesystem;
using io::Format;
using io::Trouble;

/// A folder of its own for each test, gone afterwards.
class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "faltung-io-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path in(const std::string& name) const { return folder_ / name; }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_))
      out.insert(entry.path().filename().string());
    return out;
  }
  static void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string text(const fs::path& path) {
    const auto bytes = io::read_file(path);
    EXPECT_TRUE(bytes.has_value()) << message_of(bytes);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
  }
  static mode_t mode(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  static void expect_trouble(const io::Result<void>& result, Trouble trouble,
                             const std::string& part) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().trouble, trouble) << result.error().message;
    EXPECT_TRUE(contains(result.error().message, part)) << result.error().message;
  }

  fs::path folder_;
};

TEST_F(Files, FormatGoesBySuffix) {
  EXPECT_EQ(*io::format_of("a/b.WAV"), Format::wav);
  EXPECT_EQ(*io::format_of("b.flac"), Format::flac);
  EXPECT_EQ(*io::format_of("b.tar.png"), Format::png);
  EXPECT_EQ(*io::format_of("b.jpg"), Format::jpeg);
  EXPECT_EQ(*io::format_of("b.JPEG"), Format::jpeg);
  EXPECT_EQ(*io::format_of("b.npy"), Format::npy);
  EXPECT_EQ(*io::format_of("b.csv"), Format::csv);
  EXPECT_REFUSED(io::format_of("b.mp3"), "unknown suffix '.mp3'; .wav, .flac");
  EXPECT_REFUSED(io::format_of("wav"), "no suffix");
  EXPECT_STREQ(io::name(Format::jpeg), "JPEG");
}

TEST_F(Files, WritesAndReads) {
  ASSERT_TRUE(io::write_file(in("a"), bytes_of("hello")).has_value());
  EXPECT_EQ(text(in("a")), "hello");
  ASSERT_TRUE(io::write_file(in("a"), {}).has_value());
  EXPECT_EQ(text(in("a")), "");
  const ByteVector large(3 << 20, std::byte{7});
  ASSERT_TRUE(io::write_file(in("a"), large).has_value());
  EXPECT_EQ(*io::read_file(in("a")), large);
  EXPECT_EQ(names(), (std::set<std::string>{"a"}));
}

TEST_F(Files, WritesByABareName) {
  const fs::path old = fs::current_path();
  fs::current_path(folder_);
  const auto written = io::write_file("bare", bytes_of("x"));
  fs::current_path(old);
  ASSERT_TRUE(written.has_value()) << message_of(written);
  EXPECT_EQ(text(in("bare")), "x");
}

TEST_F(Files, ReplacesInsteadOfOverwriting) {
  put(in("a"), "old");
  const int before = ::open(in("a").c_str(), O_RDONLY);
  ASSERT_TRUE(io::write_file(in("a"), bytes_of("new")).has_value());
  char seen[4] = "";
  EXPECT_EQ(::pread(before, seen, 3, 0), 3);
  EXPECT_STREQ(seen, "old") << "who has the old file open keeps it";
  ::close(before);
  EXPECT_EQ(text(in("a")), "new");
}

TEST_F(Files, KeepsTheModeOrTakesTheUsual) {
  put(in("old"), "x");
  ::chmod(in("old").c_str(), 0640);
  ASSERT_TRUE(io::write_file(in("old"), bytes_of("y")).has_value());
  EXPECT_EQ(mode(in("old")), 0640u);
  const mode_t mask = ::umask(027);
  const auto written = io::write_file(in("new"), bytes_of("y"));
  ::umask(mask);
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(mode(in("new")), 0640u);
}

TEST_F(Files, WritesThroughLinks) {
  put(in("target"), "old");
  fs::create_symlink("target", in("link"));
  fs::create_symlink(in("link"), in("chain"));
  ASSERT_TRUE(io::write_file(in("chain"), bytes_of("new")).has_value());
  EXPECT_EQ(text(in("target")), "new");
  EXPECT_TRUE(fs::is_symlink(in("link")) && fs::is_symlink(in("chain")));
  fs::create_symlink("later", in("dangling"));
  ASSERT_TRUE(io::write_file(in("dangling"), bytes_of("made")).has_value());
  EXPECT_EQ(text(in("later")), "made");
  EXPECT_TRUE(fs::is_symlink(in("dangling")));
  fs::create_symlink("loop", in("loop"));
  expect_trouble(io::write_file(in("loop"), bytes_of("x")), Trouble::cannot_create,
                 "loop of symbolic links");
}

TEST_F(Files, PartsFromHardLinks) {
  put(in("a"), "old");
  fs::create_hard_link(in("a"), in("b"));
  ASSERT_TRUE(io::write_file(in("a"), bytes_of("new")).has_value());
  EXPECT_EQ(text(in("b")), "old");
}

TEST_F(Files, RefusesFoldersAndMissingOnes) {
  const ByteVector x = bytes_of("x");
  expect_trouble(io::write_file(folder_, x), Trouble::cannot_create, "it is a folder");
  expect_trouble(io::write_file(in("new/"), x), Trouble::cannot_create, "folder");
  expect_trouble(io::write_file(in("no/such/a"), x), Trouble::cannot_create, "there is no folder");
  put(in("file"), "keep");
  expect_trouble(io::write_file(in("file/a"), x), Trouble::cannot_create, "is no folder");
  expect_trouble(io::write_file(in(std::string(300, 'n')), x), Trouble::cannot_create, "too long");
  expect_trouble(io::write_file("", x), Trouble::cannot_create, "a file name is needed");
  EXPECT_EQ(names(), (std::set<std::string>{"file"}));
  EXPECT_EQ(text(in("file")), "keep");
}

TEST_F(Files, RefusesWhereNothingCanBeMade) {
  // Nobody makes files in /proc, not even root, whom no permission binds.
  const auto made = io::write_file("/proc/faltung.wav", bytes_of("x"));
  EXPECT_TRUE(contains(message_of(made), "the folder '/proc' takes no new files"))
      << message_of(made);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().trouble, Trouble::cannot_create) << made.error().message;
}

TEST_F(Files, WritesToDevicesDirectly) {
  EXPECT_TRUE(io::write_file("/dev/null", bytes_of("x")).has_value());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  expect_trouble(io::write_file("/dev/full", bytes_of("x")), Trouble::io_error, "the disk is full");
}

TEST_F(Files, WritesToAnOpenDescriptor) {
  const int file = ::open(in("redirected").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  ASSERT_EQ(::write(file, "head ", 5), 5);
  const std::string name = "/dev/fd/" + std::to_string(file);
  ASSERT_TRUE(io::write_file(name, bytes_of("tail")).has_value());
  ::close(file);
  EXPECT_EQ(text(in("redirected")), "head tail") << "as a shell's redirection expects";
  EXPECT_EQ(names(), (std::set<std::string>{"redirected"}));
}

TEST_F(Files, WritesAndReadsPipes) {
  ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
  const ByteVector sent(1 << 20, std::byte{5});
  std::thread writer([&] { EXPECT_TRUE(io::write_file(in("pipe"), sent).has_value()); });
  const auto read = io::read_file(in("pipe"));
  writer.join();
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(*read, sent);
  EXPECT_TRUE(fs::is_fifo(in("pipe")));
}

TEST_F(Files, LeavesTheOldFileWhenWritingBreaksOff) {
  put(in("a"), "old");
  // The greatest file size stands in for a full disk: the write fails half way.
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{4096, old.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto written = io::write_file(in("a"), ByteVector(10000));
  const auto fresh = io::write_file(in("b"), ByteVector(10000));
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  expect_trouble(written, Trouble::io_error, "larger than allowed");
  expect_trouble(fresh, Trouble::io_error, "larger than allowed");
  EXPECT_EQ(text(in("a")), "old");
  EXPECT_EQ(names(), (std::set<std::string>{"a"}));
}

TEST_F(Files, ReadingNamesWhatIsWrong) {
  const auto expect_refused = [](const fs::path& path, Trouble trouble, const std::string& part) {
    const auto read = io::read_file(path);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().trouble, trouble);
    EXPECT_TRUE(contains(read.error().message, part)) << read.error().message;
  };
  put(in("file"), "x");
  expect_refused(in("none"), Trouble::no_input, "no such file");
  expect_refused(in("file/a"), Trouble::no_input, "no such file");
  expect_refused(folder_, Trouble::no_input, "is a folder");
  expect_refused("", Trouble::no_input, "a file name is needed");
}

TEST_F(Files, ReadsFilesOfUnknownLength) {
  EXPECT_TRUE(contains(text("/proc/self/status"), "Pid:"));
}

TEST_F(Files, KeepsTheLimit) {
  put(in("a"), "12345");
  EXPECT_TRUE(io::read_file(in("a"), 5).has_value());
  EXPECT_REFUSED(io::read_file(in("a"), 4), "longer than the 4 bytes");
  EXPECT_REFUSED(io::read_file("/dev/zero", 1 << 20), "longer than the 1048576 bytes");
}

TEST_F(Files, RefusesASparseFileWithoutReadingIt) {
  put(in("a"), "");
  std::error_code error;
  fs::resize_file(in("a"), std::uintmax_t{1} << 41, error);
  if (error) GTEST_SKIP() << "this file system takes no file of 2 TiB";
  EXPECT_REFUSED(io::read_file(in("a")), "longer than");
}

TEST_F(Files, ReadersNameTheFile) {
  put(in("a.npy"), "");
  EXPECT_REFUSED(io::read_npy(in("a.npy")), in("a.npy").string());
  EXPECT_REFUSED(io::read_csv(in("b.csv")), "no such file");
  EXPECT_REFUSED(io::read_sound(in("a.npy")), "empty");
  EXPECT_REFUSED(io::read_picture(in("c.png")), "no such file");
  put(in("d.csv"), "x\n1\n");
  EXPECT_TRUE(io::read_csv(in("d.csv")).has_value());
}

}  // namespace
}  // namespace faltung::test
