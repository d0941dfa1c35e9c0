#include "runtime/io/files.h"

#include <gtest/gtest.h>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

TEST(Files, ReadsWhatWasWritten) {
  TempFolder folder;
  const std::string bytes("a\0b\r\n\xff", 6);
  write_atomically(folder.path("f"), std::string_view(bytes));
  EXPECT_EQ(read_file(folder.path("f")), bytes);
  write_atomically(folder.path("f"), std::string_view("second"));
  EXPECT_EQ(read_file(folder.path("f")), "second");
  EXPECT_EQ(folder.files(), 1);
}

TEST(Files, WritesThroughALink) {
  TempFolder folder;
  folder.write("target", "old");
  std::filesystem::create_symlink(folder.path("target"), folder.path("link"));
  write_atomically(folder.path("link"), std::string_view("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(read_file(folder.path("target")), "new");
}

// As a shell's `>` does: the link is how the user says where the file lies.
TEST(Files, WritesThroughALinkToAFileThatIsNotThereYet) {
  TempFolder folder;
  std::filesystem::create_directories(folder.path("disk/links"));
  std::filesystem::create_symlink("links/second", folder.path("disk/first"));
  std::filesystem::create_symlink("../target", folder.path("disk/links/second"));
  for (const char* content : {"new", "newer"}) {
    write_atomically(folder.path("disk/first"), std::string_view(content));
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("disk/first")));
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("disk/links/second")));
    EXPECT_FALSE(std::filesystem::is_symlink(folder.path("disk/target")));
    EXPECT_EQ(read_file(folder.path("disk/target")), content);
  }
  std::filesystem::create_symlink("gone/target", folder.path("lost"));
  const Thrown thrown = thrown_by([&] { write_atomically(folder.path("lost"), std::string_view("new")); });
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
  EXPECT_TRUE(thrown.contains("gone/target: error: cannot write: No such file or directory")) << thrown.message;
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("lost"))) << "and stays";
}

TEST(Files, RequireWritableLeavesNothing) {
  TempFolder folder;
  require_writable(folder.path("f"));
  EXPECT_EQ(folder.files(), 0);
}

TEST(Files, ALimitIsNamedBeforeReading) {
  TempFolder folder;
  const Thrown thrown = thrown_by([&] { read_file(folder.write("f", "12345"), 4); });
  EXPECT_TRUE(thrown.contains("5 bytes, more than the limit of 4 bytes")) << thrown.message;
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

TEST(Files, NoticesAChange) {
  TempFolder folder;
  const std::string path = folder.write("f", "1");
  InputFile file(path);
  EXPECT_FALSE(file.changed());
  folder.write("f", "22");
  EXPECT_TRUE(file.changed());
}

TEST(Files, DataIsFoundBesideTheProgramThenInTheEnvironment) {
  TempFolder folder;
  for (const char* name : {"flag", "program", "environment"}) std::filesystem::create_directory(folder.path(name));
  DataPlaces places{"", folder.path("program"), folder.path("environment")};
  folder.write("environment/d.csv", "");
  EXPECT_EQ(find_data_path("d.csv", places), folder.path("environment/d.csv"));
  folder.write("program/d.csv", "");
  EXPECT_EQ(find_data_path("d.csv", places), folder.path("program/d.csv"));
  places.flag = folder.path("flag");
  const Thrown thrown = thrown_by([&] { find_data_path("d.csv", places); });
  EXPECT_TRUE(thrown.contains("d.csv: error: cannot find the data")) << thrown.message;
  EXPECT_TRUE(thrown.contains("tried " + folder.path("flag/d.csv"))) << thrown.message;
  EXPECT_FALSE(thrown.contains("program/d.csv")) << thrown.message;
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
  EXPECT_EQ(find_data_path(folder.path("program/d.csv"), places), folder.path("program/d.csv"));
}

}  // namespace
}  // namespace nnc
