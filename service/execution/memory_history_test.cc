#include "service/execution/memory_history.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

ExecutionRecord RecordOf(int64_t ordinal, size_t code_bytes = 10) {
  ExecutionRecord record;
  record.id = "e" + std::to_string(ordinal);
  record.ordinal = ordinal;
  record.log = std::make_shared<EventLog>();
  v1::ExecuteEvent event;
  event.mutable_finished()->mutable_execution()->set_code(std::string(code_bytes, 'x'));
  record.log->Append(std::move(event));
  return record;
}

std::vector<std::string> IdsOf(const std::vector<ExecutionRecord>& records) {
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (const ExecutionRecord& record : records) ids.push_back(record.id);
  return ids;
}

TEST(MemoryHistoryTest, ListsInTheOrderOfAcceptanceWhateverTheOrderOfEnding) {
  MemoryHistory history(10, 1 << 20);
  for (int64_t ordinal : {2, 1, 3}) history.Put("s", RecordOf(ordinal));
  std::vector<const ExecutionRecord*> page = history.List("s", 0, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0]->id, "e1");
  EXPECT_EQ(page[1]->id, "e2");
  page = history.List("s", 2, 10);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0]->id, "e3");
}

TEST(MemoryHistoryTest, ForgetsTheOldestWhenThereAreTooMany) {
  MemoryHistory history(2, 1 << 20);
  history.Put("s", RecordOf(1));
  history.Put("s", RecordOf(2));
  EXPECT_EQ(IdsOf(history.Put("s", RecordOf(3))), std::vector<std::string>{"e1"});
  EXPECT_EQ(history.Get("s", "e1"), nullptr);
  EXPECT_NE(history.Get("s", "e2"), nullptr);
}

TEST(MemoryHistoryTest, ForgetsTheOldestWhenTheyAreTooLargeButKeepsTheNewest) {
  MemoryHistory history(100, 1000);
  history.Put("s", RecordOf(1, 400));
  history.Put("s", RecordOf(2, 400));
  EXPECT_EQ(IdsOf(history.Put("s", RecordOf(3, 5000))), (std::vector<std::string>{"e1", "e2"}));
  EXPECT_NE(history.Get("s", "e3"), nullptr);
}

TEST(MemoryHistoryTest, DeletesASessionAndLeavesTheOthers) {
  MemoryHistory history(10, 1 << 20);
  history.Put("a", RecordOf(1));
  history.Put("b", RecordOf(1));
  history.DeleteSession("a");
  EXPECT_EQ(history.Get("a", "e1"), nullptr);
  EXPECT_NE(history.Get("b", "e1"), nullptr);
}

TEST(MemoryHistoryTest, OfAllSessionsTheOneThatHasMostLosesItsOldest) {
  MemoryHistory history(100, 1 << 20, 64 << 10);
  for (int64_t i = 1; i <= 4; ++i) history.Put("large", RecordOf(i, 10'000));
  history.Put("small", RecordOf(1, 10'000));
  EXPECT_EQ(IdsOf(history.Put("other", RecordOf(1, 15'000))), std::vector<std::string>{"e1"});
  EXPECT_EQ(history.Get("large", "e1"), nullptr);
  EXPECT_NE(history.Get("small", "e1"), nullptr);
  // A record that is larger than the limit of all displaces the others, and is itself the first to
  // go.
  EXPECT_EQ(history.Put("huge", RecordOf(1, 100'000)).size(), 5u);
  EXPECT_NE(history.Get("huge", "e1"), nullptr);
  history.Put("small", RecordOf(2, 10'000));
  EXPECT_EQ(history.Get("huge", "e1"), nullptr);
  EXPECT_NE(history.Get("small", "e2"), nullptr);
  EXPECT_LT(history.CountMemory(), 64 << 10);
}

TEST(MemoryHistoryTest, ManySmallRecordsCountWithWhatKeepsThem) {
  MemoryHistory history(100'000, 1 << 20, 100 << 10);
  for (int64_t i = 1; i <= 1000; ++i) history.Put("s", RecordOf(i, 1));
  EXPECT_LT(history.List("s", 0, 1000).size(), 200u);
}

TEST(MemoryHistoryTest, WhatIsForgottenButBeingReadCountsAndIsGivenUpFirst) {
  MemoryHistory history(100, 1 << 20, 64 << 10);
  ExecutionRecord read = RecordOf(1, 40'000);
  std::shared_ptr<EventLog> log = read.log;
  history.Put("gone", std::move(read));
  history.DeleteSession("gone");
  EXPECT_GT(history.CountMemory(), 40'000);
  history.Put("s", RecordOf(1, 10'000));
  EXPECT_FALSE(log->Get(1).abandoned);
  history.Put("s", RecordOf(2, 20'000));
  EXPECT_TRUE(log->Get(1).abandoned);
  EXPECT_EQ(log->byte_size(), 0);
  EXPECT_NE(history.Get("s", "e1"), nullptr);
  EXPECT_LT(history.CountMemory(), 40'000);
}

TEST(MemoryHistoryTest, WhatIsForgottenAndNotReadIsGone) {
  MemoryHistory history(100, 1 << 20, 64 << 10);
  for (int i = 0; i < 100; ++i) {
    history.Put("s", RecordOf(1, 30'000));
    history.DeleteSession("s");
    EXPECT_TRUE(history.Put("other", RecordOf(1)).empty());
    history.DeleteSession("other");
  }
}

}  // namespace
}  // namespace carrel
