#include "sandbox/changes/change_queue.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sandbox/changes/change_hub.h"

namespace carrel {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// Returns the number of watches that the kernel has for an instance.
int CountWatches(const ChangeQueue& queue) {
  std::ifstream info(absl::StrCat("/proc/self/fdinfo/", queue.fd()));
  int watches = 0;
  for (std::string line; std::getline(info, line);)
    watches += absl::StartsWith(line, "inotify wd:");
  return watches;
}

// Two workspaces of one queue, which are plain directories.
class ChangeQueueTest : public testing::Test {
 protected:
  ChangeQueueTest() {
    std::string pattern = testing::TempDir() + "/queue.XXXXXX";
    root_ = mkdtemp(pattern.data());
    for (const char* name : {"a", "b"}) mkdir((root_ + "/" + name).c_str(), 0755);
    a_ = Begin("a");
    b_ = Begin("b");
  }
  ~ChangeQueueTest() override { EXPECT_EQ(std::system(("rm -rf '" + root_ + "'").c_str()), 0); }

  ChangeQueue::Id Begin(const std::string& folder) {
    const ChangeQueue::Id id = queue_.Add();
    queue_.Restart(id);
    EXPECT_TRUE(Watch(id, folder, ""));
    queue_.Reconcile(id, true, false);
    return id;
  }
  bool Watch(ChangeQueue::Id id, const std::string& folder, const std::string& path) {
    UniqueFd fd(open((root_ + "/" + folder).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return queue_.Watch(id, fd.get(), path);
  }
  std::string In(const std::string& path) const { return root_ + "/" + path; }
  void Put(const std::string& path) { std::ofstream(In(path)) << "x"; }
  // Causes many events. Two names alternate, since equal events would be merged.
  void Flood(const std::string& folder, size_t events) {
    for (const char* name : {"/1", "/2"}) Put(folder + name);
    for (size_t i = 0; i < events / 2; ++i) {
      for (const char* name : {"/1", "/2"}) EXPECT_EQ(truncate(In(folder + name).c_str(), 1), 0);
    }
  }

  std::string root_;
  ChangeQueue queue_;
  ChangeQueue::Id a_, b_;
};

TEST_F(ChangeQueueTest, TellsEachWorkspaceOfItsOwn) {
  EXPECT_TRUE(queue_.IsQuiet(a_));
  Put("a/file");
  EXPECT_FALSE(queue_.IsQuiet(a_));
  EXPECT_TRUE(queue_.IsQuiet(b_));
  ChangeEvents events = queue_.Take(a_);
  EXPECT_FALSE(events.lost);
  EXPECT_THAT(events.names, UnorderedElementsAre(Pair(
                                "file", kAppeared | kOpened | kChanged | kClosed | kUnchecked)));
  EXPECT_FALSE(queue_.IsQuiet(a_)) << "it has to be settled first";
  queue_.Reconcile(a_, true, false);
  EXPECT_TRUE(queue_.IsQuiet(a_));
}

TEST_F(ChangeQueueTest, FoldersThatAreReadAreNoNews) {
  mkdir(In("a/d").c_str(), 0755);
  ASSERT_TRUE(Watch(a_, "a/d", "d"));
  queue_.Take(a_);
  queue_.Reconcile(a_, true, false);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(std::system(("ls -R " + root_ + " > /dev/null").c_str()), 0);
  EXPECT_EQ(chmod(In("a/d").c_str(), 0700), 0);
  EXPECT_TRUE(queue_.IsQuiet(a_));
}

TEST_F(ChangeQueueTest, PathsAreWithinTheWorkspace) {
  mkdir(In("a/d").c_str(), 0755);
  ASSERT_TRUE(Watch(a_, "a/d", "d"));
  Put("a/d/\xff");
  EXPECT_THAT(queue_.Take(a_).names,
              UnorderedElementsAre(Pair("d", testing::_), Pair("d/\xff", testing::_)));
}

TEST_F(ChangeQueueTest, WhatHappensAfterTheEndIsOfAGhost) {
  UniqueFd file(open(In("a/f").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_EQ(unlink(In("a/f").c_str()), 0);
  EXPECT_EQ(queue_.Take(a_).names["f"] & kChangedWhileGone, 0);
  Put("a/f");
  ASSERT_EQ(unlink(In("a/f").c_str()), 0);
  file.reset();  // It was open for writing.
  EXPECT_EQ(queue_.Take(a_).names["f"] & (kChangedWhileGone | kGone), kChangedWhileGone | kGone);
}

TEST_F(ChangeQueueTest, OpeningCanBeForgottenButNotChanging) {
  Put("a/f");
  Put("a/g");
  queue_.Take(a_);
  queue_.Reconcile(a_, true, false);
  uint64_t before = 0, after = 0;
  EXPECT_TRUE(queue_.IsStill(a_, &before));
  UniqueFd f(open(In("a/f").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(queue_.IsStill(a_, &after)) << "it may be open for writing";
  EXPECT_EQ(before, after);
  EXPECT_THAT(queue_.Unchecked(a_), UnorderedElementsAre("f"));
  queue_.ForgetOpened(a_, {"f", "unknown"}, {});
  EXPECT_TRUE(queue_.IsStill(a_, &after));
  EXPECT_TRUE(queue_.IsQuiet(a_));
  Put("a/f");
  queue_.ForgetOpened(a_, {"f"}, {});
  EXPECT_FALSE(queue_.IsQuiet(a_));
  EXPECT_TRUE(queue_.IsStill(a_, &after));
  EXPECT_NE(before, after);
}

TEST_F(ChangeQueueTest, AFolderThatIsRenamedMeansStartingAnew) {
  mkdir(In("a/d").c_str(), 0755);
  queue_.Take(a_);
  ASSERT_EQ(rename(In("a/d").c_str(), In("a/e").c_str()), 0);
  ChangeEvents events = queue_.Take(a_);
  EXPECT_TRUE(events.lost);
  EXPECT_EQ(events.penalty, ChangeQueue::kPenaltyOfMovedDirectory);
  EXPECT_TRUE(queue_.Take(a_).lost) << "until it is restarted";
  queue_.Restart(a_);
  EXPECT_FALSE(queue_.Take(a_).lost);
}

TEST_F(ChangeQueueTest, TooManyNamesAreLost) {
  for (size_t i = 0; i <= ChangedNames::kMaxNames; ++i) {
    EXPECT_EQ(mknod(In(absl::StrCat("a/", i)).c_str(), S_IFREG | 0600, 0), 0);
  }
  Put("b/f");
  ChangeEvents events = queue_.Take(a_);
  EXPECT_TRUE(events.lost);
  EXPECT_THAT(events.names, IsEmpty());
  EXPECT_FALSE(queue_.Take(b_).lost);
  EXPECT_EQ(CountWatches(queue_), 1) << "nothing is to be learned of the first";
}

TEST_F(ChangeQueueTest, WhoFloodsLosesItsWatchesAndNobodyElseDoes) {
  Put("b/f");
  Flood("a", ChangeQueue::kFloodEvents + 100);
  EXPECT_FALSE(queue_.Take(b_).lost);
  EXPECT_EQ(CountWatches(queue_), 1);
  ChangeEvents events = queue_.Take(a_);
  EXPECT_TRUE(events.lost);
  EXPECT_EQ(events.penalty, ChangeQueue::kPenaltyOfFlood);
  Flood("a", 20'000);  // The events go nowhere.
  Put("b/g");
  EXPECT_FALSE(queue_.Take(b_).lost);
  queue_.Restart(a_);
  ASSERT_TRUE(Watch(a_, "a", ""));
  Put("a/f");
  EXPECT_TRUE(queue_.Take(a_).names.contains("f"));
}

TEST_F(ChangeQueueTest, WhenTheQueueRunsOverAllStartAnew) {
  Put("b/f");
  Flood("a", 40'000);  // The kernel keeps fewer: max_queued_events.
  ChangeEvents events = queue_.Take(b_);
  EXPECT_TRUE(events.lost);
  EXPECT_EQ(events.penalty, 0) << "it was not its own doing";
  EXPECT_EQ(queue_.Take(a_).penalty, ChangeQueue::kPenaltyOfFlood);
  for (ChangeQueue::Id id : {a_, b_}) queue_.Restart(id);
  ASSERT_TRUE(Watch(a_, "a", ""));
  ASSERT_TRUE(Watch(b_, "b", ""));
  EXPECT_EQ(CountWatches(queue_), 2);
  Put("b/g");
  EXPECT_THAT(queue_.Take(b_).names, UnorderedElementsAre(Pair("g", testing::_)));
  EXPECT_TRUE(queue_.Take(a_).names.empty());
}

TEST_F(ChangeQueueTest, WatchesAreBounded) {
  const std::string folder = In("a/many");
  mkdir(folder.c_str(), 0755);
  for (size_t i = 1; i < ChangeQueue::kMaxWatches; ++i) {
    const std::string name = absl::StrCat("a/many/", i);
    mkdir(In(name).c_str(), 0755);
    ASSERT_TRUE(Watch(a_, name, name.substr(2))) << i;
  }
  EXPECT_FALSE(Watch(a_, "a/many", "many"));
  EXPECT_TRUE(Watch(b_, "a/many", "many")) << "each has its own bound";
}

TEST_F(ChangeQueueTest, WatchesOfAllWorkspacesTogetherAreBounded) {
  ChangeQueue queue(2);
  const ChangeQueue::Id one = queue.Add(), two = queue.Add();
  const UniqueFd a(open(In("a").c_str(), O_PATH | O_CLOEXEC));
  const UniqueFd b(open(In("b").c_str(), O_PATH | O_CLOEXEC));
  const UniqueFd root(open(root_.c_str(), O_PATH | O_CLOEXEC));
  EXPECT_TRUE(queue.Watch(one, a.get(), ""));
  EXPECT_TRUE(queue.Watch(two, b.get(), ""));
  EXPECT_FALSE(queue.Watch(two, root.get(), "more"));
  queue.Remove(one);
  EXPECT_TRUE(queue.Watch(two, root.get(), "more"));
}

TEST_F(ChangeQueueTest, NothingIsLeftOfWorkspacesThatAreGone) {
  mkdir(In("a/d").c_str(), 0755);
  for (int i = 0; i < 2000; ++i) {
    const std::string name = absl::StrCat("a/d/", i);
    mkdir(In(name).c_str(), 0755);
    const ChangeQueue::Id id = Begin(name);
    Put(name + "/f");
    EXPECT_FALSE(queue_.IsQuiet(id));
    if (i % 2 == 0) {  // The kernel removes the watch itself.
      EXPECT_EQ(unlink(In(name + "/f").c_str()), 0);
      EXPECT_EQ(rmdir(In(name).c_str()), 0);
    }
    queue_.Remove(id);
  }
  EXPECT_EQ(queue_.size(), 2u);
  EXPECT_EQ(CountWatches(queue_), 2);
}

TEST_F(ChangeQueueTest, TickCallsOnceForNews) {
  uint64_t stamp = 0;
  ASSERT_TRUE(queue_.IsStill(a_, &stamp));
  int calls = 0;
  queue_.CallWhenActive(a_, stamp, [&] { ++calls; });
  Put("b/f");
  queue_.Tick();
  EXPECT_EQ(calls, 0);
  Put("a/f");
  EXPECT_FALSE(queue_.IsQuiet(a_)) << "somebody else reads the queue first";
  queue_.Tick();
  Put("a/g");
  queue_.Tick();
  EXPECT_EQ(calls, 1);
  queue_.CallWhenActive(a_, stamp, [&] { ++calls; });  // This is due for an earlier event.
  queue_.Tick();
  EXPECT_EQ(calls, 2);
  queue_.CallWhenActive(a_, stamp, [&] { ++calls; });
  queue_.CallWhenActive(a_, stamp, nullptr);
  queue_.Tick();
  EXPECT_EQ(calls, 2);
}

TEST(ChangeHubTest, SpreadsWorkspacesOverItsQueues) {
  EventLoop loop(EventLoop::WithoutThread{});
  ChangeHub hub(&loop, 3);
  EXPECT_TRUE(hub.works());
  std::vector<std::unique_ptr<ChangeFeed>> feeds;
  for (int i = 0; i < 6; ++i) feeds.push_back(hub.NewFeed());
  for (const auto& queue : hub.queues()) EXPECT_EQ(queue->size(), 2u);
  feeds.clear();
  for (const auto& queue : hub.queues()) EXPECT_EQ(queue->size(), 0u);
}

TEST(ChangeHubTest, LooksCloselyForASecond) {
  EventLoop loop(EventLoop::WithoutThread{});
  ChangeHub hub(&loop, 1);
  hub.PollOften();
  hub.PollOften();
  int samplers = 0;
  // Runs until nothing has come for this long.
  while (samplers <= 21 && loop.context().run_one_for(std::chrono::seconds(2)) > 0) ++samplers;
  EXPECT_GE(samplers, 1);
  EXPECT_LE(samplers, 21);
}

}  // namespace
}  // namespace carrel
