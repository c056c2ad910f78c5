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

}  // namespace
}  // namespace carrel
