#include "service/tuning/executor_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <thread>

namespace carrel {
namespace {

int PolicyOfAThreadNamed(const char* name) {
  int policy = -1;
  std::thread([&] {
    pthread_setname_np(pthread_self(), name);
    UseBatchScheduling();
    policy = sched_getscheduler(0);
  }).join();
  return policy;
}

TEST(ExecutorThreadTest, AThreadOfTheExecutorLetsOthersGoFirst) {
  EXPECT_EQ(PolicyOfAThreadNamed("default-executo"), SCHED_BATCH);
}

// A thread that waits for a socket has never run OnDone.
TEST(ExecutorThreadTest, SoDoTheExecutorsOtherThreads) {
  std::atomic<bool> named = false, over = false;
  std::atomic<int> policy = -1;
  std::thread other([&] {
    pthread_setname_np(pthread_self(), "default-executo");
    named = true;
    while (!over) std::this_thread::yield();
    policy = sched_getscheduler(0);
  });
  while (!named) std::this_thread::yield();
  PolicyOfAThreadNamed("default-executo");
  over = true;
  other.join();
  EXPECT_EQ(policy, SCHED_BATCH);
}

TEST(ExecutorThreadTest, OthersStayAsTheyWere) {
  EXPECT_EQ(PolicyOfAThreadNamed("nexting_thread"), SCHED_OTHER);
}

}  // namespace
}  // namespace carrel
