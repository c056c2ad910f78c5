#include "service/store/memory/memory_execution_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/store/execution_store_contract.h"

namespace carrel {
namespace {

std::unique_ptr<ExecutionStore> Make(EventLoop* /*loop*/, int max_count, int64_t max_bytes) {
  return std::make_unique<MemoryExecutionStore>(max_count, max_bytes);
}

INSTANTIATE_TEST_SUITE_P(Memory, ExecutionStoreContract,
                         testing::Combine(testing::Values(&Make), testing::Bool()));

class MemoryExecutionStoreTest : public testing::Test {
 protected:
  AwaitedExecutionStore Limited(int max_count, int64_t max_memory) {
    memory_ = std::make_unique<MemoryExecutionStore>(max_count, 1 << 20, max_memory);
    return {&loop_, memory_.get()};
  }
  int64_t CountMemory() { return memory_->CountMemory(); }

  EventLoop loop_{EventLoop::WithoutThread{}};
  std::unique_ptr<MemoryExecutionStore> memory_;
};

TEST_F(MemoryExecutionStoreTest, OfAllSessionsTheOneThatHasMostLosesItsOldest) {
  AwaitedExecutionStore store = Limited(100, 64 << 10);
  for (int64_t i = 1; i <= 4; ++i) store.Put("large", ExecutionOf(i, 10'000));
  store.Put("small", ExecutionOf(1, 10'000));
  EXPECT_THAT(store.Put("other", ExecutionOf(1, 15'000)), ElementsAre("large/e1"));
  EXPECT_FALSE(store.Has("large", "e1"));
  EXPECT_TRUE(store.Has("small", "e1"));
  // An execution that is larger than the limit of all displaces the others, and is itself the first
  // to go.
  EXPECT_EQ(store.Put("huge", ExecutionOf(1, 100'000)).size(), 5u);
  EXPECT_TRUE(store.Has("huge", "e1"));
  store.Put("small", ExecutionOf(2, 10'000));
  EXPECT_FALSE(store.Has("huge", "e1"));
  EXPECT_TRUE(store.Has("small", "e2"));
  EXPECT_LT(CountMemory(), 64 << 10);
}

TEST_F(MemoryExecutionStoreTest, ManySmallExecutionsCountWithWhatKeepsThem) {
  AwaitedExecutionStore store = Limited(100'000, 50 << 10);
  for (int64_t i = 1; i <= 1000; ++i) store.Put("s", ExecutionOf(i, 1));
  EXPECT_LT(store.List("s", 0, 1000).size(), 200u);
}

TEST_F(MemoryExecutionStoreTest, WhatIsForgottenButBeingReadCountsAndIsGivenUpFirst) {
  AwaitedExecutionStore store = Limited(100, 64 << 10);
  store.Put("gone", ExecutionOf(1, 40'000));
  const EventLog read(store.Get("gone", "e1"));
  store.DeleteSession("gone");
  EXPECT_GT(CountMemory(), 40'000);
  store.Put("s", ExecutionOf(1, 10'000));
  EXPECT_FALSE(read.Get(1).abandoned);
  store.Put("s", ExecutionOf(2, 20'000));
  EXPECT_TRUE(read.Get(1).abandoned);
  EXPECT_TRUE(store.Has("s", "e1"));
  EXPECT_LT(CountMemory(), 40'000);
}

TEST_F(MemoryExecutionStoreTest, ALogThatIsFollowedSinceItWasLiveCountsAsWell) {
  AwaitedExecutionStore store = Limited(100, 64 << 10);
  EventLog followed;
  v1::ExecuteEvent event;
  event.mutable_finished()->mutable_execution()->set_code(std::string(40'000, 'x'));
  followed.Append(std::move(event));
  store.Put("gone", followed.Store("e1", 1, false));
  store.DeleteSession("gone");
  EXPECT_GT(CountMemory(), 40'000);
  store.Put("s", ExecutionOf(1, 30'000));
  EXPECT_TRUE(followed.Get(1).abandoned);
  EXPECT_LT(CountMemory(), 40'000);
}

TEST_F(MemoryExecutionStoreTest, WhatIsForgottenAndNotReadIsGone) {
  AwaitedExecutionStore store = Limited(100, 64 << 10);
  for (int i = 0; i < 100; ++i) {
    store.Put("s", ExecutionOf(1, 30'000));
    store.DeleteSession("s");
    EXPECT_THAT(store.Put("other", ExecutionOf(1)), IsEmpty());
    store.DeleteSession("other");
  }
  EXPECT_EQ(CountMemory(), 0);
}

}  // namespace
}  // namespace carrel
