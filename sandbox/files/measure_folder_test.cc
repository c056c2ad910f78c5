#include "sandbox/files/measure_folder.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

constexpr int64_t kMebibyte = 1 << 20;
constexpr int64_t kHidden = 8 * kMebibyte;

// A guest that acts during the measurement.
class Guest {
 public:
  explicit Guest(std::function<void()> step)
      : thread_([this, step = std::move(step)] {
          while (!ends_) step();
        }) {}
  ~Guest() {
    ends_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

class MeasureFolderTest : public WorkspaceTest {
 protected:
  // Measures a directory several times, and evaluates the results like a watch.
  void Look(int samplers) {
    for (int i = 0; i < samplers; ++i, usleep(1000)) {
      const WorkspaceUsage usage = MeasureFolder(files_fd(), 1000).value();
      if (usage.bytes > kHidden)
        ++seen_;
      else if (usage.evades)
        ++evaded_;
    }
  }
  std::string At(const std::string& name) const { return files + "/" + name; }
  void Rename(const std::string& from, const std::string& to) const {
    EXPECT_EQ(rename(At(from).c_str(), At(to).c_str()), 0) << from;
  }

  int seen_ = 0, evaded_ = 0;
};

TEST_F(MeasureFolderTest, ATreeThatIsLeftAloneIsSteady) {
  Folder("a");
  Put(At("a/f"), std::string(kMebibyte, 'x'));
  usleep(20'000);  // The clock of file times ticks.
  const WorkspaceUsage usage = MeasureFolder(files_fd(), 1000).value();
  EXPECT_TRUE(usage.steady && usage.complete && !usage.evades);
  EXPECT_EQ(usage.entries, 2);
  EXPECT_GE(usage.bytes, kMebibyte);
  EXPECT_LT(usage.bytes, kMebibyte + 65536);
  EXPECT_EQ(usage.bytes, usage.bytes_at_once);
}

TEST_F(MeasureFolderTest, AFolderThatIsRenamedAllTheTimeIsSeenOrEvades) {
  Folder("a");
  Put(At("a/f"), std::string(kHidden, 'x'));
  {
    Guest guest([this] {
      Rename("a", "b");
      Rename("b", "a");
    });
    Look(100);
  }
  EXPECT_GE(seen_ + evaded_, 95);
}

TEST_F(MeasureFolderTest, WhatIsMovedFromFolderToFolderIsSeen) {
  for (const char* name : {"a", "b", "c", "a/hidden"}) Folder(name);
  Put(At("a/hidden/f"), std::string(kHidden, 'x'));
  {
    Guest guest([this] {
      Rename("a/hidden", "b/hidden");
      Rename("b/hidden", "c/hidden");
      Rename("c/hidden", "a/hidden");
    });
    Look(100);
  }
  EXPECT_GE(seen_ + evaded_, 95);
}

// The worst guest is notified of each reading of its directories, and moves the file away.
TEST_F(MeasureFolderTest, WhoIsToldOfTheLooksIsSeenAtLast) {
  Folder("a");
  Folder("b");
  Put(At("a/f"), std::string(kHidden, 'x'));
  const UniqueFd told(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const int in_a = inotify_add_watch(told.get(), At("a").c_str(), IN_ACCESS);
  inotify_add_watch(told.get(), At("b").c_str(), IN_ACCESS);
  {
    Guest guest([&] {
      alignas(struct inotify_event) char events[4096];
      if (read(told.get(), events, sizeof events) <= 0) return;
      const auto* event = reinterpret_cast<const struct inotify_event*>(events);
      // The file moves into the directory that was just read.
      const bool from_b = event->wd == in_a;
      rename(At(from_b ? "b/f" : "a/f").c_str(), At(from_b ? "a/f" : "b/f").c_str());
    });
    Look(100);
  }
  EXPECT_GE(seen_ + evaded_, 90);
}

TEST_F(MeasureFolderTest, HonestProgramsThatComeAndGoDoNotEvade) {
  Put(At("kept"), std::string(kMebibyte, 'x'));
  std::atomic<int> made{0};
  int over = 0;
  {
    Guest guest([this, &made] {
      const std::string name = At(absl::StrCat("tmp", ++made));
      mkdir(name.c_str(), 0700);
      close(open((name + "/f").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
      rename((name + "/f").c_str(), At("saved").c_str());
      rmdir(name.c_str());
    });
    for (int i = 0; i < 300 || made < 100; ++i) {
      const WorkspaceUsage usage = MeasureFolder(files_fd(), 1000).value();
      EXPECT_TRUE(usage.complete);
      if (usage.evades) ++evaded_;
      if (usage.bytes > 3 * kMebibyte) ++over;
    }
  }
  EXPECT_LE(evaded_, 3);
  EXPECT_EQ(over, 0);
}

}  // namespace
}  // namespace carrel
