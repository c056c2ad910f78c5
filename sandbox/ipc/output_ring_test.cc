#include "sandbox/ipc/output_ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace carrel {
namespace {

class OutputRingTest : public ::testing::Test {
 protected:
  void* memory() { return memory_.data(); }
  OutputRingHeader* header() { return reinterpret_cast<OutputRingHeader*>(memory_.data()); }
  char* records() { return reinterpret_cast<char*>(memory_.data()) + sizeof(OutputRingHeader); }

  bool ReadAll(OutputRingReader* reader) {
    return reader->Read(~uint64_t{0}, [this](bool is_stderr, std::string_view text) {
      (is_stderr ? stderr_ : stdout_).append(text);
      order_.push_back(is_stderr ? 'e' : 'o');
    });
  }

  // Waits for room, as the guest does; a reader that is already reading need not be notified.
  void Put(const std::string& text) {
    while (!writer_.Append(false, text)) {
      writer_.TakeReasonToNotify(/*full=*/true);
      writer_.AwaitRoom();
    }
  }

  void ExpectOnePageTouched() {
    const char* bytes = reinterpret_cast<const char*>(memory_.data());
    for (size_t i = 4096; i < kOutputRingBytes; ++i) ASSERT_EQ(bytes[i], 0) << i;
  }

  std::vector<uint64_t> memory_ = std::vector<uint64_t>(kOutputRingBytes / sizeof(uint64_t));
  OutputRingReader reader_{memory()};
  OutputRingWriter writer_{memory()};
  std::string stdout_, stderr_, order_;
};

TEST_F(OutputRingTest, WhatIsWrittenIsRead) {
  ASSERT_TRUE(writer_.Append(false, "one\n"));
  ASSERT_TRUE(writer_.Append(false, "two\n"));
  ASSERT_TRUE(writer_.Append(true, "oh\n"));
  ASSERT_TRUE(writer_.Append(false, "three\n"));
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_EQ(stdout_, "one\ntwo\nthree\n");
  EXPECT_EQ(stderr_, "oh\n");
  EXPECT_EQ(order_, "oeo") << "records of a kind that follow each other come as one";
}

TEST_F(OutputRingTest, NothingBeyondThePositionIsRead) {
  ASSERT_TRUE(writer_.Append(false, "before"));
  const uint64_t position = writer_.head();
  ASSERT_TRUE(writer_.Append(false, "after"));
  ASSERT_TRUE(reader_.Read(position, [this](bool, const std::string& text) { stdout_ += text; }));
  EXPECT_EQ(stdout_, "before");
}

TEST_F(OutputRingTest, AFullRingTakesNoMoreUntilItIsRead) {
  const std::string text(kMaxRecordBytes, 'x');
  size_t written = 0;
  while (writer_.Append(false, text)) written += text.size();
  EXPECT_GT(written, kOutputRingBytes / 2);
  EXPECT_LT(written, kOutputRingBytes);
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_EQ(stdout_.size(), written);
  EXPECT_TRUE(writer_.Append(false, text));
}

TEST_F(OutputRingTest, ManyLapsKeepEveryByte) {
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = std::string(static_cast<size_t>(i * 37 % 3000), 'a') + "\n";
    if (!writer_.Append(false, line)) {
      ASSERT_TRUE(ReadAll(&reader_));
      ASSERT_TRUE(writer_.Append(false, line));
    }
    expected += line;
  }
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_TRUE(stdout_ == expected);
}

TEST_F(OutputRingTest, TwoThreadsLoseNothing) {
  constexpr int kLines = 200'000;
  std::thread guest([this] {
    for (int i = 0; i < kLines;) i += writer_.Append(false, std::to_string(i) + "\n") ? 1 : 0;
  });
  std::string expected;
  for (int i = 0; i < kLines; ++i) expected += std::to_string(i) + "\n";
  while (stdout_.size() < expected.size()) ASSERT_TRUE(ReadAll(&reader_));
  guest.join();
  EXPECT_TRUE(stdout_ == expected);
}

TEST_F(OutputRingTest, CellsThatPrintLittleTouchOnePage) {
  reader_.DisarmNotification();
  for (int cell = 0; cell < 10'000; ++cell) {
    writer_.Rewind();
    ASSERT_TRUE(writer_.Append(false, "a line\n"));
    ASSERT_FALSE(writer_.TakeReasonToNotify()) << "what was skipped is no output: cell " << cell;
    ASSERT_TRUE(ReadAll(&reader_));
  }
  ExpectOnePageTouched();
}

TEST_F(OutputRingTest, OutputThatIsWaitedForTouchesOnePage) {
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(reader_.ArmNotification());
    ASSERT_TRUE(writer_.Append(false, "a line\n"));
    ASSERT_TRUE(ReadAll(&reader_));
  }
  ExpectOnePageTouched();
}

TEST_F(OutputRingTest, AnEmptyRingHasRoomWhereverItsEndIs) {
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(writer_.Append(false, std::string(static_cast<size_t>(i * 37 % 3000), 'x')));
    ASSERT_TRUE(ReadAll(&reader_));
    writer_.Rewind();
    ASSERT_TRUE(writer_.Append(false, std::string(kMaxRecordBytes, 'x'))) << i;
    ASSERT_TRUE(ReadAll(&reader_));
  }
}

TEST_F(OutputRingTest, TheReaderIsToldOnceWhenItSleeps) {
  EXPECT_FALSE(!writer_.Append(false, "x"));
  EXPECT_TRUE(writer_.TakeReasonToNotify());
  EXPECT_FALSE(writer_.TakeReasonToNotify());
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_TRUE(reader_.ArmNotification());
  ASSERT_TRUE(writer_.Append(false, "y"));
  EXPECT_TRUE(writer_.TakeReasonToNotify());
  EXPECT_FALSE(reader_.ArmNotification()) << "there is something to read";
}

TEST_F(OutputRingTest, TheReaderIsToldOnceWhenItLagsBehind) {
  reader_.DisarmNotification();
  const std::string text(kMaxRecordBytes, 'x');
  int told = 0;
  while (writer_.Append(false, text)) told += writer_.TakeReasonToNotify() ? 1 : 0;
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(ReadAll(&reader_));
  while (writer_.Append(false, text)) told += writer_.TakeReasonToNotify() ? 1 : 0;
  EXPECT_EQ(told, 2);
}

TEST_F(OutputRingTest, AReaderThatReadsWhatItWasToldOfIsToldOncePerHalfRing) {
  reader_.DisarmNotification();
  const std::string text(kMaxRecordBytes, 'x');
  int told = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(writer_.Append(false, text));
    if (!writer_.TakeReasonToNotify()) continue;
    ++told;
    ASSERT_TRUE(ReadAll(&reader_));
  }
  EXPECT_LE(told, 1000 / (kOutputRingBytes / 2 / kMaxRecordBytes) + 1);
}

TEST_F(OutputRingTest, OneThatReadsLessIsNotToldAgainBeforeItHasReadTheRest) {
  reader_.DisarmNotification();
  const std::string text(kMaxRecordBytes, 'x');
  while (!writer_.TakeReasonToNotify()) ASSERT_TRUE(writer_.Append(false, text));
  const auto discard = [](bool, const std::string&) {};
  ASSERT_TRUE(reader_.Read(writer_.head() / 2, discard));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(writer_.Append(false, text));
  EXPECT_FALSE(writer_.TakeReasonToNotify());
  ASSERT_TRUE(ReadAll(&reader_));
  while (!writer_.TakeReasonToNotify()) ASSERT_TRUE(writer_.Append(false, text));
}

TEST_F(OutputRingTest, OutputThatComesFastStaysWhereItIs) {
  reader_.DisarmNotification();
  const std::string text(kMaxRecordBytes, 'x');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer_.Append(false, text));
    ASSERT_TRUE(ReadAll(&reader_));
  }
  EXPECT_LT(writer_.head(), 4 * kMaxRecordBytes) << "what is skipped takes room";
}

TEST_F(OutputRingTest, AFullRingIsReasonToTellOnce) {
  reader_.DisarmNotification();
  const std::string text(kMaxRecordBytes, 'x');
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer_.Append(false, text.substr(1000)));
  ASSERT_TRUE(ReadAll(&reader_));
  writer_.Rewind();
  ASSERT_TRUE(writer_.Append(false, text));
  ASSERT_FALSE(writer_.Append(false, text)) << "what was skipped is in the way";
  EXPECT_FALSE(writer_.TakeReasonToNotify()) << "and the ring is not half full";
  EXPECT_TRUE(writer_.TakeReasonToNotify(/*full=*/true));
  EXPECT_FALSE(writer_.TakeReasonToNotify(/*full=*/true));
}

TEST_F(OutputRingTest, TheWriterSleepsUntilThereIsRoom) {
  constexpr int kRecords = 2000;
  const std::string text(kMaxRecordBytes, 'x');
  std::thread guest([&] {
    for (int i = 0; i < kRecords; ++i) Put(text);
  });
  while (stdout_.size() < kRecords * text.size()) ASSERT_TRUE(ReadAll(&reader_));
  guest.join();
  EXPECT_EQ(header()->writer_waits, 0U) << "nobody was left waiting";
}

// A writer that is woken in the middle of a read fills the room that there is, and waits for the
// rest; the reader, which is still reading, need not be notified.
TEST_F(OutputRingTest, AWriterThatWaitsAgainWhileItIsReadIsWokenAgain) {
  const std::string text(kMaxRecordBytes, 'x');
  while (writer_.Append(false, text)) {
  }
  ASSERT_TRUE(writer_.TakeReasonToNotify(/*full=*/true));
  std::thread guest;
  ASSERT_TRUE(reader_.Read(~uint64_t{0}, [&](bool, const std::string&) {
    if (guest.joinable() || writer_.head() - header()->tail >= kOutputRingBytes / 2) return;
    guest = std::thread([&] {
      while (writer_.Append(false, text)) {
      }
      EXPECT_FALSE(writer_.TakeReasonToNotify(/*full=*/true));
      writer_.AwaitRoom();
    });
    while (header()->writer_waits == 0) std::this_thread::yield();
  }));
  EXPECT_EQ(header()->writer_waits, 0U) << "nobody comes before it has told of more";
  guest.join();
}

TEST_F(OutputRingTest, AWriterThatHasMoreToTellDoesNotSleep) {
  ASSERT_TRUE(writer_.Append(false, "x"));
  ASSERT_TRUE(writer_.TakeReasonToNotify()) << "the reader sleeps";
  const uint64_t told = writer_.head();
  while (writer_.Append(false, std::string(kMaxRecordBytes, 'x'))) {
  }
  ASSERT_FALSE(writer_.TakeReasonToNotify(/*full=*/true)) << "it has not come yet";
  ASSERT_TRUE(reader_.Read(told, [](bool, const std::string&) {}));
  EXPECT_FALSE(writer_.AwaitRoom());
  EXPECT_TRUE(writer_.TakeReasonToNotify(/*full=*/true));
}

TEST_F(OutputRingTest, AWriterThatNobodyWakesLooksForItself) {
  while (writer_.Append(false, std::string(kMaxRecordBytes, 'x'))) {
  }
  ASSERT_TRUE(writer_.TakeReasonToNotify());
  EXPECT_TRUE(writer_.AwaitRoom());
}

TEST_F(OutputRingTest, AWriterThatFindsRoomDoesNotSleep) {
  ASSERT_TRUE(writer_.Append(false, "x"));
  EXPECT_FALSE(writer_.AwaitRoom());
  EXPECT_EQ(header()->writer_waits, 1U) << "the reader clears it, at no cost but a wake-up";
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_EQ(header()->writer_waits, 0U);
}

TEST_F(OutputRingTest, AWriterThatSaysItWaitsIsWokenOnceAReadAndAtItsEnd) {
  // Alternating kinds cannot be passed on as one.
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(writer_.Append(i % 2 == 0, "x"));
  int wakes = 0;
  header()->writer_waits = 1;
  ASSERT_TRUE(reader_.Read(~uint64_t{0}, [&](bool, const std::string&) {
    wakes += header()->writer_waits == 0 ? 1 : 0;
    header()->writer_waits = 1;
  }));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(header()->writer_waits, 0U);
}

// The following tests write what a hostile guest may write there.

TEST_F(OutputRingTest, AHeadFarAheadIsRefused) {
  header()->head = uint64_t{1} << 40;
  EXPECT_FALSE(ReadAll(&reader_));
}

TEST_F(OutputRingTest, AHeadThatGoesBackIsNothingNew) {
  ASSERT_TRUE(writer_.Append(false, "text"));
  ASSERT_TRUE(ReadAll(&reader_));
  header()->head = 0;
  EXPECT_TRUE(ReadAll(&reader_));
  EXPECT_EQ(stdout_, "text");
  EXPECT_TRUE(reader_.ArmNotification()) << "or the host looks for ever";
}

TEST_F(OutputRingTest, ATailThatTheGuestWritesIsIgnored) {
  ASSERT_TRUE(writer_.Append(false, "text"));
  header()->tail = 0xffff'ffff'ffff;
  ASSERT_TRUE(ReadAll(&reader_));
  EXPECT_EQ(stdout_, "text");
}

TEST_F(OutputRingTest, OnlyOneWordOfTheGuestsSaysThatItHadNoMemory) {
  EXPECT_FALSE(reader_.WriterHadNoMemory());
  for (uint32_t word : {0U, 2U, 0xffffffffU}) {
    header()->no_memory = word;
    EXPECT_FALSE(reader_.WriterHadNoMemory()) << word;
  }
  header()->no_memory = 1;
  EXPECT_TRUE(reader_.WriterHadNoMemory());
}

TEST_F(OutputRingTest, RecordsThatAreNoneAreRefused) {
  const uint32_t bad[][2] = {{4, 3},          {4, 0xffffffff}, {kMaxRecordBytes + 1, 0},
                             {0xffffffff, 0}, {64, 0},         {0, 2}};
  for (const auto& [size, kind] : bad) {
    OutputRingReader reader(memory());
    const uint32_t record[] = {size, kind};
    memcpy(records(), record, sizeof(record));
    header()->head = 16;  // This is too little for 64 bytes, and for the rest of the lap.
    EXPECT_FALSE(ReadAll(&reader)) << size << " " << kind;
  }
  header()->head = 4;  // This is too little even for a header.
  OutputRingReader reader(memory());
  EXPECT_FALSE(ReadAll(&reader));
}

TEST_F(OutputRingTest, ARecordThatCrossesTheEndIsRefused) {
  const size_t data_bytes = kOutputRingBytes - sizeof(OutputRingHeader);
  const std::string piece(24 << 10, 'p');
  while (data_bytes - writer_.head() > (32 << 10)) {
    ASSERT_TRUE(writer_.Append(false, piece));
  }
  ASSERT_TRUE(ReadAll(&reader_));
  const uint32_t record[] = {32 << 10, 0};
  memcpy(records() + writer_.head(), record, sizeof(record));
  header()->head = writer_.head() + (32 << 10) + 8;
  EXPECT_FALSE(ReadAll(&reader_));
}

}  // namespace
}  // namespace carrel
