#include "runtime/io/file_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <filesystem>

#include "runtime/io/files.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

bool taken(const std::string& path) {
  return thrown_by([&] { FileLock(path, path); }).contains("another run");
}

TEST(FileLock, OneHolderWhoseProcessIsNamed) {
  TempFolder folder;
  const std::string path = folder.path("w.safetensors");
  {
    FileLock lock(path, path);
    EXPECT_TRUE(lock.held());
    Thrown thrown = thrown_by([&] { FileLock(path, path); });
    EXPECT_EQ(thrown.code, ExitCode::system_refused);
    EXPECT_TRUE(thrown.contains(path + ": error: another run writes this file: process " + std::to_string(::getpid())))
        << thrown.message;
    EXPECT_FALSE(taken(folder.path("v.safetensors"))) << "another file in the folder is free";
  }
  EXPECT_EQ(folder.files(), 0) << "the lock's own file is gone";
  EXPECT_FALSE(taken(path));
}

TEST(FileLock, LinksLeadToOneFile) {
  TempFolder folder;
  folder.write("w", "");
  std::filesystem::create_symlink("w", folder.path("link"));
  std::filesystem::create_directory_symlink(folder.path(), folder.path("here"));
  FileLock lock(folder.path("w"), "w");
  EXPECT_TRUE(taken(folder.path("link")));
  EXPECT_TRUE(taken(folder.path("here/w")));
  EXPECT_TRUE(taken(folder.path("./w")));
}

TEST(FileLock, LongNamesDoNotCollide) {
  TempFolder folder;
  const std::string long_name(254, 'x');
  FileLock lock(folder.path(long_name + "a"), "");
  EXPECT_TRUE(taken(folder.path(long_name + "a")));
  EXPECT_FALSE(taken(folder.path(long_name + "b")));
  write_atomically(folder.path(long_name + "b"), std::string_view("fits"));
  EXPECT_EQ(folder.read(long_name + "b"), "fits");
}

TEST(FileLock, ALockThatAKilledRunLeftIsFree) {
  TempFolder folder;
  folder.write(".w.lock", "4711\n");
  EXPECT_FALSE(taken(folder.path("w")));
  EXPECT_EQ(folder.files(), 0);
}

TEST(FileLock, TemporariesThatAKilledRunLeftAreRemoved) {
  TempFolder folder;
  folder.write(".w.4711-0.tmp", "half");
  folder.write(".w.4711-12.tmp", "half");
  for (const char* other : {".v.4711-0.tmp", ".w.x.4711-0.tmp", ".w.4711.tmp", ".w.a-0.tmp", "w.4711-0.tmp"}) {
    folder.write(other, "not of w");
  }
  Replacement writing(folder.path("w"));  // somebody is writing it now
  const int before = folder.files();
  FileLock lock(folder.path("w"), "w");
  EXPECT_EQ(folder.files(), before - 2 + 1) << "two are gone, the lock is there";
  EXPECT_FALSE(std::filesystem::exists(folder.path(".w.4711-0.tmp")));
  EXPECT_FALSE(std::filesystem::exists(folder.path(".w.4711-12.tmp")));
  writing.commit();
  EXPECT_TRUE(std::filesystem::exists(folder.path("w")));
}

TEST(FileLock, AFolderThatIsNotThere) {
  TempFolder folder;
  Thrown thrown = thrown_by([&] { FileLock(folder.path("no/w"), "no/w"); });
  EXPECT_EQ(thrown.code, ExitCode::system_refused);
  EXPECT_EQ(thrown.message, "no/w: error: cannot lock: No such file or directory");
}

}  // namespace
}  // namespace nnc
