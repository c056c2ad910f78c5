#include "service/execution/stored_execution.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/execution/event_log.h"

namespace carrel {
namespace {

v1::ExecuteEvent Printed(const std::string& text) {
  v1::ExecuteEvent event;
  event.mutable_stdout()->set_data(text);
  return event;
}

// Returns a closed log of three events, the second of which was forgotten.
std::shared_ptr<EventLog> LogOf(const std::string& text) {
  auto log = std::make_shared<EventLog>();
  log->Append(Printed("taken back"));
  log->Forget(1, 1);
  log->Append(Printed(text));
  v1::ExecuteEvent end;
  end.mutable_finished()->mutable_execution()->set_code("print()");
  log->Append(std::move(end));
  return log;
}

std::vector<std::string> ReadAll(const EventLog& log) {
  std::vector<std::string> found;
  for (EventLog::Found one = log.Get(1); one.event.has_value(); one = log.Get(one.sequence + 1))
    found.push_back(std::to_string(one.sequence) + one.event->ToString());
  return found;
}

class StoredExecutionTest : public testing::TestWithParam<size_t> {
 protected:
  const std::shared_ptr<EventLog> log_ = LogOf(std::string(GetParam(), 'x'));
};

TEST_P(StoredExecutionTest, HasWhatItWasMadeOf) {
  const StoredExecution stored = log_->Store("an-id", 7, true);
  EXPECT_EQ(stored.id(), "an-id");
  EXPECT_EQ(stored.ordinal(), 7);
  EXPECT_TRUE(stored.has_images());
  EXPECT_EQ(stored.Finished().code(), "print()");
  EXPECT_GE(stored.byte_size(), static_cast<int64_t>(GetParam()));
  EXPECT_GE(stored.memory_size(), stored.byte_size());
}

TEST_P(StoredExecutionTest, IsReadLikeTheLogBeforeAndAfter) {
  const std::vector<std::string> live = ReadAll(*log_);
  ASSERT_EQ(live.size(), 2u);
  const StoredExecution stored = log_->Store("e", 1, false);
  EXPECT_EQ(ReadAll(*log_), live);
  const EventLog read(stored);
  EXPECT_TRUE(read.closed());
  EXPECT_EQ(ReadAll(read), live);
  EXPECT_EQ(read.last_sequence(), 3);
  EXPECT_TRUE(read.Get(3).last);
  EXPECT_FALSE(read.Get(1).last);
}

TEST_P(StoredExecutionTest, IsTheSameAfterItWasSerialised) {
  const StoredExecution stored = log_->Store("e", 1, false);
  const StoredExecution again("e", 1, false, stored.Serialise());
  EXPECT_EQ(ReadAll(EventLog(again)), ReadAll(*log_));
  EXPECT_EQ(again.Finished().code(), "print()");
}

// A stalled stream must not keep all of a large execution.
TEST(StoredExecutionPartsTest, ALargeEventIsKeptWithoutTheOthers) {
  EventLog log;
  for (int i = 0; i < 3; ++i) log.Append(Printed(std::string(64 << 10, 'x')));
  v1::ExecuteEvent end;
  end.mutable_finished();
  log.Append(std::move(end));
  const StoredExecution stored = log.Store("e", 1, false);
  const EventBytes first = *log.Get(1).event;
  const std::weak_ptr<const void> second = log.Get(2).event->rest.owner;
  stored.Abandon();
  EXPECT_TRUE(second.expired());
  EXPECT_EQ(first.rest.bytes.size(), size_t{64} << 10);
  EXPECT_EQ(first.rest.bytes[0], 'x');
}

TEST_P(StoredExecutionTest, WhatWasReadOutlivesAllOfIt) {
  const std::string live = log_->Get(1).event->ToString();
  StoredExecution stored = log_->Store("e", 1, false);
  const EventLog::Found found = EventLog(stored).Get(1);
  stored.Abandon();
  stored = {};
  EXPECT_EQ(found.event->ToString(), live);
}

TEST_P(StoredExecutionTest, AReaderNoticesThatItIsAbandoned) {
  const StoredExecution stored = log_->Store("e", 1, false);
  const EventLog read(stored);
  EXPECT_FALSE(read.Get(1).abandoned);
  stored.Abandon();
  for (const EventLog* log : std::initializer_list<const EventLog*>{&read, log_.get()}) {
    EXPECT_TRUE(log->Get(1).abandoned);
    EXPECT_FALSE(log->Get(1).event.has_value());
    EXPECT_FALSE(log->Get(3).last);
  }
  EXPECT_EQ(stored.id(), "e");
}

TEST_P(StoredExecutionTest, IsKnownWithoutBeingKept) {
  StoredExecution stored = log_->Store("e", 1, false);
  StoredExecution::Weak weak(stored);
  EXPECT_FALSE(stored.unique());  // The log reads it.
  EXPECT_EQ(weak.Lock().id(), "e");
  StoredExecution other("e", 1, false, stored.Serialise());
  weak = StoredExecution::Weak(other);
  EXPECT_TRUE(other.unique());
  other = {};
  EXPECT_TRUE(weak.expired());
  EXPECT_FALSE(weak.Lock());
}

TEST(StoredExecution, BytesThatAreDamagedEndTheList) {
  for (size_t size : {20, 10'000}) {
    const StoredExecution damaged("e", 1, false, std::string(size, '\x80'));
    const EventLog log(damaged);
    EXPECT_FALSE(log.Get(1).more);
    EXPECT_EQ(damaged.Finished().name(), "");
  }
}

INSTANTIATE_TEST_SUITE_P(SmallAndLarge, StoredExecutionTest, testing::Values(10, 3000, 100'000));

}  // namespace
}  // namespace carrel
