#include "service/execution/bounded_output.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace carrel {
namespace {

// The reference implementation: keep everything, cut at the end.
struct Oracle {
  std::string all;
  static size_t TailLimit(size_t limit) { return limit < 2 << 20 ? limit / 2 : 1 << 20; }
  std::string Head(size_t limit) const { return all.substr(0, limit - TailLimit(limit)); }
  std::string Tail(size_t limit) const {
    std::string rest = all.substr(Head(limit).size());
    return rest.size() <= TailLimit(limit) ? rest : rest.substr(rest.size() - TailLimit(limit));
  }
};

std::string RandomBytes(std::mt19937* random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>((*random)());
  return bytes;
}

// Joins the pieces; `total` is the offset of an empty result.
OutputPiece Join(const std::vector<OutputPiece>& pieces, size_t total) {
  OutputPiece all{static_cast<int64_t>(total), ""};
  if (!pieces.empty()) all.offset = pieces[0].offset;
  for (const OutputPiece& piece : pieces) {
    EXPECT_EQ(piece.offset, all.offset + static_cast<int64_t>(all.data.size()));
    EXPECT_FALSE(piece.data.empty());
    EXPECT_LE(piece.data.size(), BoundedOutput::kMaxPieceBytes);
    all.data += piece.data;
  }
  return all;
}

TEST(BoundedOutputTest, AgreesWithTheOracleOfLongStreams) {
  std::mt19937 random(8);
  for (int round = 0; round < 40; ++round) {
    const int64_t limit = 1 + static_cast<int64_t>(random() % 4'000'000);
    BoundedOutput output(limit);
    Oracle oracle;
    std::string head;
    for (unsigned pieces = random() % 12; pieces > 0; --pieces) {
      std::string piece = RandomBytes(&random, random() % 1'000'000);
      oracle.all += piece;
      head += std::string(output.Append(piece));
    }
    EXPECT_EQ(head, oracle.Head(static_cast<size_t>(limit)));
    EXPECT_EQ(Join(output.TakeTail(), oracle.all.size()).data,
              oracle.Tail(static_cast<size_t>(limit)));
  }
}

TEST(BoundedOutputTest, AgreesWithTheOracleWhateverThePieces) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const int64_t limit = 1 + static_cast<int64_t>(random() % 40);
    BoundedOutput output(limit);
    Oracle oracle;
    std::string head;
    for (unsigned pieces = random() % 12; pieces > 0; --pieces) {
      std::string piece = RandomBytes(&random, random() % 30);
      oracle.all += piece;
      head += std::string(output.Append(piece));
    }
    const auto size = static_cast<size_t>(limit);
    EXPECT_EQ(head, oracle.Head(size));
    EXPECT_EQ(output.total_bytes(), static_cast<int64_t>(oracle.all.size()));
    const int64_t dropped = output.dropped_bytes();
    OutputPiece tail = Join(output.TakeTail(), oracle.all.size());
    EXPECT_EQ(tail.data, oracle.Tail(size));
    EXPECT_EQ(oracle.all.substr(static_cast<size_t>(tail.offset)), tail.data);
    EXPECT_EQ(dropped, tail.offset - static_cast<int64_t>(head.size()));
  }
}

TEST(BoundedOutputTest, KeepsAllOfAShortStreamInTheHead) {
  BoundedOutput output(100);
  EXPECT_EQ(output.Append("hello "), "hello ");
  EXPECT_EQ(output.Append("world"), "world");
  EXPECT_EQ(output.dropped_bytes(), 0);
  EXPECT_TRUE(output.TakeTail().empty());
}

TEST(BoundedOutputTest, CountsWhatItDrops) {
  BoundedOutput output(10);
  output.Append(std::string(1'000'000, 'x'));
  output.Append("12345");
  EXPECT_EQ(output.total_bytes(), 1'000'005);
  EXPECT_EQ(output.dropped_bytes(), 999'995);
  OutputPiece tail = Join(output.TakeTail(), 1'000'005);
  EXPECT_EQ(tail.data, "12345");
  EXPECT_EQ(tail.offset, 1'000'000);
}

TEST(BoundedOutputTest, AfterClearItIsAsANewStreamWhoseOffsetsGoOn) {
  std::mt19937 random(9);
  for (int round = 0; round < 200; ++round) {
    const int64_t limit = 1 + static_cast<int64_t>(random() % 3000);
    BoundedOutput output(limit);
    for (int i = 0; i < 3; ++i) output.Append(RandomBytes(&random, random() % 4000));
    const int64_t cleared = output.total_bytes();
    output.Clear();
    EXPECT_EQ(output.head_size(), cleared);
    EXPECT_EQ(output.dropped_bytes(), 0);
    BoundedOutput fresh(limit);
    for (int i = 0; i < 3; ++i) {
      const std::string bytes = RandomBytes(&random, random() % 4000);
      EXPECT_EQ(output.Append(bytes), fresh.Append(bytes));
      EXPECT_EQ(output.head_size(), cleared + fresh.head_size());
    }
    EXPECT_EQ(output.cleared_bytes(), cleared);
    EXPECT_EQ(output.total_bytes(), cleared + fresh.total_bytes());
    EXPECT_EQ(output.dropped_bytes(), fresh.dropped_bytes());
    const auto total = static_cast<size_t>(output.total_bytes());
    const OutputPiece tail = Join(output.TakeTail(), total);
    const OutputPiece fresh_tail = Join(fresh.TakeTail(), total - static_cast<size_t>(cleared));
    EXPECT_EQ(tail.offset, cleared + fresh_tail.offset);
    EXPECT_EQ(tail.data, fresh_tail.data);
  }
}

}  // namespace
}  // namespace carrel
