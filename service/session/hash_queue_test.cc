#include "service/session/hash_queue.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <set>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "sandbox/files/sha256.h"

namespace carrel {
namespace {

using std::chrono::seconds;

ReadHandle Sparse(int64_t size) {
  std::string path = testing::TempDir() + "/hash.XXXXXX";
  UniqueFd fd(mkstemp(path.data()));
  unlink(path.c_str());
  EXPECT_EQ(ftruncate(fd.get(), size), 0);
  struct stat status;
  EXPECT_EQ(fstat(fd.get(), &status), 0);
  return ReadHandle(FileInfo::Of(WorkspacePath::Parse("sparse").value(), status), std::move(fd));
}

TEST(HashQueueTest, ComputesTheDigestOfHolesToo) {
  HashQueue queue;
  std::promise<absl::StatusOr<std::string>> digest;
  queue.Hash(
      Sparse(3 << 20), 3 << 20, [] { return true; },
      [&](auto result) { digest.set_value(std::move(result)); });
  EXPECT_EQ(digest.get_future().get().value(), Sha256Hex(std::string(3 << 20, '\0')));
}

TEST(HashQueueTest, ASmallOneDoesNotWaitForLargeOnes) {
  HashQueue queue;
  std::atomic<int> large{0};
  for (int i = 0; i < 8; ++i) {
    queue.Hash(
        Sparse(int64_t{256} << 20), int64_t{256} << 20, [] { return true; },
        [&](const auto&) { ++large; });
  }
  std::promise<int> before;
  queue.Hash(
      Sparse(2 << 20), 2 << 20, [] { return true; }, [&](const auto&) { before.set_value(large); });
  EXPECT_EQ(before.get_future().get(), 0);
}

TEST(HashQueueTest, StopsInTheMiddleAtTheLowestPriority) {
  HashQueue queue;
  std::atomic<int> pieces{0};
  std::promise<absl::Status> ended;
  int priority = 0;
  queue.Hash(
      Sparse(int64_t{64} << 20), int64_t{64} << 20,
      [&] {
        priority = getpriority(PRIO_PROCESS, 0);
        return ++pieces < 5;
      },
      [&](const auto& result) { ended.set_value(result.status()); });
  EXPECT_TRUE(absl::IsCancelled(ended.get_future().get()));
  EXPECT_EQ(pieces, 5);
  EXPECT_EQ(priority, 19);
}

TEST(HashBudgetTest, HasABurstAndARate) {
  HashBudget budget;
  const auto start = HashBudget::Clock::now();
  EXPECT_FALSE(budget.Spend(HashBudget::kMaxBytes + 1, start));
  EXPECT_TRUE(budget.Spend(HashBudget::kMaxBytes, start));
  EXPECT_FALSE(budget.Spend(1 << 20, start));
  EXPECT_TRUE(budget.Spend(HashBudget::kBytesPerSecond, start + seconds(1)));
  EXPECT_FALSE(budget.Spend(1 << 20, start + seconds(1)));
  EXPECT_FALSE(budget.Spend(HashBudget::kMaxBytes + 1, start + seconds(1000)));
}

}  // namespace
}  // namespace carrel
