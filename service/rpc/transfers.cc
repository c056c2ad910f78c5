#include "service/rpc/transfers.h"

#include <sys/resource.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/model/errors.h"

namespace carrel {
namespace {

// A caller that is active may take this long between two messages.
constexpr std::chrono::seconds kMoment{1};
// Number of checks of the transfers during the patience: the lateness at which one that waits too
// long is detected is this fraction of it.
constexpr int kChecksPerPatience = 8;

// A file and its directory.
constexpr rlim_t kDescriptorsOfATransfer = 2;
constexpr rlim_t kShareOfDescriptors = 4;

size_t MostAtOnce() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return Transfers::kMax;
  const rlim_t few = limit.rlim_cur / kShareOfDescriptors / kDescriptorsOfATransfer;
  return static_cast<size_t>(std::clamp<rlim_t>(few, 1, Transfers::kMax));
}

int64_t Now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

void Transfer::AwaitCaller() { waits_since_ = Now(); }

Transfers::Transfers(EventLoop* loop, absl::Duration patience)
    : loop_(loop),
      patience_(absl::ToChronoNanoseconds(patience)),
      most_(MostAtOnce()),
      next_check_(loop, [this] { EndSilent(); }) {}

absl::StatusOr<std::shared_ptr<Transfer>> Transfers::Begin(Transfer::End end) {
  std::shared_ptr<Transfer> transfer(new Transfer(std::move(end)));
  std::shared_ptr<Transfer> longest;
  {
    absl::MutexLock lock(&mutex_);
    if (transfers_.size() >= most_ && Living().size() >= most_) {
      longest = Longest();
      if (longest == nullptr) return TooManyTransfers(most_);
      Remove(longest.get());
    }
    transfers_.push_back(transfer);
    if (!std::exchange(checking_, true))
      loop_->Post([this] { next_check_.SetAfter(patience_ / kChecksPerPatience); });
  }
  if (longest != nullptr)
    longest->end_(absl::StrCat("there were ", most_,
                               " transfers, of which it had waited longest for its caller"));
  return transfer;
}

void Transfers::EndSilent() {
  std::vector<std::shared_ptr<Transfer>> late;
  {
    absl::MutexLock lock(&mutex_);
    const int64_t now = Now();
    for (const std::shared_ptr<Transfer>& transfer : Living()) {
      const int64_t since = transfer->waits_since_;
      if (since == 0 || now - since < patience_.count()) continue;
      Remove(transfer.get());
      late.push_back(transfer);
    }
    checking_ = !transfers_.empty();
    if (checking_) next_check_.SetAfter(patience_ / kChecksPerPatience);
  }
  for (const std::shared_ptr<Transfer>& transfer : late)
    transfer->end_(absl::StrCat("its caller did nothing for ",
                                absl::FormatDuration(absl::FromChrono(patience_))));
}

std::vector<std::shared_ptr<Transfer>> Transfers::Living() {
  std::vector<std::shared_ptr<Transfer>> living;
  for (const std::weak_ptr<Transfer>& weak : transfers_)
    if (std::shared_ptr<Transfer> transfer = weak.lock()) living.push_back(std::move(transfer));
  transfers_.assign(living.begin(), living.end());
  return living;
}

std::shared_ptr<Transfer> Transfers::Longest() {
  std::shared_ptr<Transfer> longest;
  int64_t least = Now() - std::chrono::nanoseconds(kMoment).count();
  for (std::shared_ptr<Transfer>& transfer : Living()) {
    const int64_t since = transfer->waits_since_;
    if (since == 0 || since > least) continue;
    least = since;
    longest = std::move(transfer);
  }
  return longest;
}

void Transfers::Remove(const Transfer* transfer) {
  transfers_.erase(std::find_if(transfers_.begin(), transfers_.end(),
                                [&](const auto& one) { return one.lock().get() == transfer; }));
}

}  // namespace carrel
