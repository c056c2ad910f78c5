#include "sandbox/files/workspace_quota_watchdog.h"

#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRest{20};

class WorkspaceQuotaWatchdogTest : public WorkspaceTest {
 protected:
  WorkspaceQuotaWatchdogTest() : WorkspaceTest(WorkspaceLimits{1 << 20, 100, 0}) { Watch(&hub_); }
  ~WorkspaceQuotaWatchdogTest() override {
    OnLoop([this] { watch_.reset(); });
    pool_.join();
    loop_.Stop();
  }

  void Watch(ChangeHub* hub) {
    changes_ = std::make_shared<WorkspaceChanges>(workspace, hub);
    OnLoop([this] {
      watch_ = std::make_unique<WorkspaceQuotaWatchdog>(
          &loop_, &pool_, workspace, changes_,
          [this](std::function<void()> work) { asio::post(pool_, std::move(work)); },
          [this](StopReason reason) { exceeded_ = static_cast<int>(reason); });
    });
  }
  template <typename F>
  void OnLoop(F&& function) {
    std::promise<void> done;
    loop_.Post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }
  // Ticks as the service does, a few times a second.
  void Tick() {
    OnLoop([this] { hub_.Tick(); });
  }
  int Measurements() {
    int measurements = 0;
    OnLoop([&] { measurements = watch_->measurements(); });
    return measurements;
  }
  // Ticks until it was measured again.
  bool IsMeasuredAgain() {
    const int before = Measurements();
    for (int i = 0; i < 1000; ++i, usleep(5000)) {
      Tick();
      if (Measurements() > before) return true;
    }
    return false;
  }
  // Returns true if it does not measure for a while, in which it could do so ten times.
  bool Sleeps() {
    for (int i = 0; i < 100; ++i) {
      const int before = Measurements();
      for (int j = 0; j < 10; ++j, usleep(20'000)) Tick();
      if (Measurements() == before) return true;
    }
    return false;
  }

  EventLoop loop_;
  ChangeHub hub_{&loop_, 1};
  asio::thread_pool pool_{2};
  std::shared_ptr<WorkspaceChanges> changes_;
  std::unique_ptr<WorkspaceQuotaWatchdog> watch_;
  std::atomic<int> exceeded_{-1};
};

TEST_F(WorkspaceQuotaWatchdogTest, WhatHasNotGrownIsNotMeasured) {
  OnLoop([this] { watch_->StartIdle(kRest); });
  EXPECT_TRUE(Sleeps());
  EXPECT_EQ(Measurements(), 0);
  OnLoop([this] { watch_->StartBusy(kRest); });
  EXPECT_TRUE(Sleeps());
  EXPECT_EQ(Measurements(), 0);
}

TEST_F(WorkspaceQuotaWatchdogTest, NewsWakeItOnce) {
  OnLoop([this] { watch_->StartIdle(kRest); });
  for (int i = 0; i < 3; ++i) {
    Put(files + "/a", "x");
    EXPECT_TRUE(IsMeasuredAgain());
    EXPECT_TRUE(Sleeps());
  }
  EXPECT_EQ(Get(files + "/a"), "x");
  EXPECT_TRUE(IsMeasuredAgain()) << "it might have been opened for writing";
  EXPECT_TRUE(Sleeps());
}

// The guest's own system calls take longer for each event.
TEST_F(WorkspaceQuotaWatchdogTest, WhoFloodsIsRidOfItsWatchesWhileTheCellRuns) {
  const auto is_watched = [this] {
    std::string info;
    OnLoop([&] { info = Get(absl::StrCat("/proc/self/fdinfo/", hub_.queues()[0]->fd())); });
    return absl::StrContains(info, "inotify wd:");
  };
  for (size_t i = 0; i <= ChangedNames::kMaxNames; ++i) Put(absl::StrCat(files, "/", i), "");
  EXPECT_TRUE(is_watched());
  OnLoop([this] { watch_->StartBusy(std::chrono::hours(1)); });
  for (int i = 0; i < 1000 && is_watched(); ++i) usleep(5000);  // The test does not call Tick.
  EXPECT_FALSE(is_watched());
}

TEST_F(WorkspaceQuotaWatchdogTest, AFileThatIsOpenForWritingKeepsItAwake) {
  for (const bool idle : {true, false}) {
    OnLoop([this, idle] { idle ? watch_->StartIdle(kRest) : watch_->StartBusy(kRest); });
    Put(files + "/a", "x");
    UniqueFd file(open((files + "/a").c_str(), O_WRONLY | O_CLOEXEC));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsMeasuredAgain());
    file.reset();
    EXPECT_TRUE(Sleeps());
  }
}

TEST_F(WorkspaceQuotaWatchdogTest, TellsWhatIsExceeded) {
  OnLoop([this] { watch_->StartIdle(kRest); });
  EXPECT_TRUE(Sleeps());
  Put(files + "/a", std::string(2 << 20, 'x'));
  EXPECT_TRUE(IsMeasuredAgain());
  EXPECT_EQ(exceeded_, static_cast<int>(StopReason::kWorkspaceLimit));
  exceeded_ = -1;
  OnLoop([this] { watch_->StartBusy(kRest); });
  EXPECT_TRUE(IsMeasuredAgain()) << "nothing has changed, but it is exceeded";
  EXPECT_EQ(exceeded_, static_cast<int>(StopReason::kWorkspaceLimit));
}

TEST_F(WorkspaceQuotaWatchdogTest, WithoutNewsItIsMeasuredAgainAndAgain) {
  Watch(nullptr);
  OnLoop([this] { watch_->StartIdle(kRest); });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsMeasuredAgain());
  OnLoop([this] { watch_->Stop(); });
  EXPECT_TRUE(Sleeps());
}

TEST_F(WorkspaceQuotaWatchdogTest, EndsOnTheLoopThoughThePoolMeasures) {
  std::atomic<int> elsewhere{0};
  std::thread::id loop_thread;
  OnLoop([&] { loop_thread = std::this_thread::get_id(); });
  for (int i = 0; i < 300; ++i) {
    std::shared_ptr<void> held(nullptr, [&elsewhere, loop_thread](void*) {
      if (std::this_thread::get_id() != loop_thread) ++elsewhere;
    });
    OnLoop([&] {
      watch_ = std::make_unique<WorkspaceQuotaWatchdog>(
          &loop_, &pool_, workspace, std::make_shared<WorkspaceChanges>(workspace, nullptr),
          [](const std::function<void()>&) {}, [held = std::move(held)](StopReason) {});
      watch_->StartBusy(milliseconds(0));
    });
    usleep(static_cast<useconds_t>(10 * i));
    OnLoop([this] { watch_.reset(); });
  }
  pool_.join();
  OnLoop([] {});
  EXPECT_EQ(elsewhere, 0);
}

}  // namespace
}  // namespace carrel
