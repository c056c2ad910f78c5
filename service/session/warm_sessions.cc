#include "service/session/warm_sessions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>

#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/session/random_id.h"

namespace carrel {
namespace {

// The estimated memory of a warm session (docs/performance.md, figure h).
constexpr int64_t kBytesEach = int64_t{3} << 20;
// Two at a time: while one is being forked, the directory of another is made.
constexpr int kMostAtOnce = 2;
constexpr auto kInterval = std::chrono::seconds(30);
constexpr auto kRestAfterFailure = std::chrono::seconds(1);
constexpr auto kRefillDelay = std::chrono::milliseconds(5);

// Returns 0 if it is not known.
int64_t AvailableMemory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  int64_t kib = 0;
  while (meminfo >> key >> kib) {
    if (key == "MemAvailable:") return kib * 1024;
    meminfo.ignore(256, '\n');
  }
  return 0;
}

bool HasDefaultLimits(const SessionSpec& spec) {
  return ToSandboxLimits(spec.limits) == ToSandboxLimits(spec.image.settings->default_limits);
}

SessionSpec PlainSpec(const ServedImage& image) {
  SessionSpec spec;
  spec.id = RandomId();
  spec.image = image;
  spec.limits = image.settings->default_limits;
  spec.idle_timeout = absl::InfiniteDuration();
  return spec;
}

}  // namespace

WarmSessions::WarmSessions(EventLoop* loop, SessionMaker* maker, const ServerSettings* settings,
                           const std::vector<ServedImage>& images)
    : loop_(loop), maker_(maker), tick_(loop, [this] { Tick(); }) {
  for (const ServedImage& image : images)
    pools_.push_back(std::make_unique<ImageSessions>(
        this, image, WarmLevel(settings->max_warm_interpreter_count)));
}

WarmSessions::ImageSessions::ImageSessions(WarmSessions* all, const ServedImage& image,
                                           const WarmLevel& level)
    : image(image),
      level(level),
      refill(all->loop_, [this, all] { all->Refill(this); }),
      end_rest(all->loop_, [this, all] {
        resting = false;
        all->Refill(this);
      }) {}

void WarmSessions::Start() {
  for (const std::unique_ptr<ImageSessions>& pool : pools_) Refill(pool.get());
  tick_.SetAfter(kInterval);
}

void WarmSessions::Tick() {
  for (const std::unique_ptr<ImageSessions>& pool : pools_) {
    pool->level.NoteInterval();
    DropDead(pool.get());
    while (static_cast<int>(pool->warm.size()) > pool->level.wanted()) {
      Dispose(pool->warm.back());
      pool->warm.pop_back();
    }
    Refill(pool.get());
  }
  tick_.SetAfter(kInterval);
}

WarmSessions::ImageSessions* WarmSessions::FindPool(const SessionSpec& spec) {
  for (const std::unique_ptr<ImageSessions>& pool : pools_)
    if (pool->image.settings == spec.image.settings) return pool.get();
  return nullptr;
}

void WarmSessions::Take(SessionSpec spec, SessionMaker::Made done) {
  if (shutting_down_) return done(ShuttingDown());
  ImageSessions* pool = FindPool(spec);
  if (pool->level.wanted() == 0 || !spec.environment.empty() || !HasDefaultLimits(spec))
    return MakeCold(std::move(spec), std::move(done));
  std::shared_ptr<Session> session = TakeWarm(pool);
  if (session == nullptr) {
    pool->level.NoteMiss();
    pool->waiters.push_back({std::move(spec), std::move(done)});
    return Refill(pool);
  }
  pool->level.NoteTaken(static_cast<int>(pool->warm.size()));
  session->Claim(std::move(spec));
  done(std::move(session));
  RefillSoon(pool);
}

void WarmSessions::MakeCold(SessionSpec spec, SessionMaker::Made done) {
  if (spec.id.empty()) spec.id = RandomId();
  maker_->Make(std::move(spec), std::move(done));
}

void WarmSessions::DropDead(ImageSessions* pool) {
  auto dead = std::stable_partition(
      pool->warm.begin(), pool->warm.end(),
      [](const std::shared_ptr<Session>& session) { return session->ready(); });
  for (auto it = dead; it != pool->warm.end(); ++it) Dispose(*it);
  pool->warm.erase(dead, pool->warm.end());
}

std::shared_ptr<Session> WarmSessions::TakeWarm(ImageSessions* pool) {
  while (!pool->warm.empty()) {
    std::shared_ptr<Session> session = std::move(pool->warm.front());
    pool->warm.pop_front();
    if (session->ready()) return session;
    Dispose(session);  // Its interpreter has died.
  }
  return nullptr;
}

int WarmSessions::Count(const ImageSettings* image) const {
  for (const std::unique_ptr<ImageSessions>& pool : pools_)
    if (pool->image.settings == image) return static_cast<int>(pool->warm.size());
  return 0;
}

// Deferred until the caller has its answer and has perhaps sent its first cell: a fork takes a core
// for milliseconds.
void WarmSessions::RefillSoon(ImageSessions* pool) {
  const auto delay = pool->warm.empty() ? std::chrono::milliseconds(0) : kRefillDelay;
  pool->refill.BringForward(LazyTimer::Clock::now() + delay);
}

void WarmSessions::Refill(ImageSessions* pool) {
  if (shutting_down_ || pool->resting) return;
  const int waiting = static_cast<int>(pool->waiters.size());
  int wanted = pool->level.wanted();
  // Limits only the warm sessions, not those that callers wait for; memory is read only if one is
  // missing.
  if (static_cast<int>(pool->warm.size()) + pool->making < wanted)
    wanted = std::min(wanted, WarmSessionsThatFit(AvailableMemory(), kBytesEach));
  const int missing = waiting + wanted - static_cast<int>(pool->warm.size()) - pool->making;
  const int room = std::max(kMostAtOnce, waiting) - pool->making;
  for (int i = 0; i < std::min(missing, room); ++i) {
    ++pool->making;
    maker_->Make(PlainSpec(pool->image),
                 [this, pool](absl::StatusOr<std::shared_ptr<Session>> session) {
                   OnMade(pool, std::move(session));
                 });
  }
}

void WarmSessions::OnMade(ImageSessions* pool, absl::StatusOr<std::shared_ptr<Session>> session) {
  --pool->making;
  if (shutting_down_) {
    if (session.ok()) Dispose(*session);
    return MaybeFinishShutdown();
  }
  if (!session.ok() && pool->waiters.empty()) {
    pool->resting = true;
    pool->end_rest.SetAfter(kRestAfterFailure);
    return;
  }
  if (pool->waiters.empty()) {
    pool->warm.push_back(*std::move(session));
  } else {
    ImageSessions::Waiter waiter = std::move(pool->waiters.front());
    pool->waiters.pop_front();
    if (session.ok()) (*session)->Claim(std::move(waiter.spec));
    waiter.done(std::move(session));
  }
  Refill(pool);
}

void WarmSessions::Dispose(const std::shared_ptr<Session>& session) {
  ++disposing_;
  maker_->Dispose(session, [this](const absl::Status&) {
    --disposing_;
    MaybeFinishShutdown();
  });
}

void WarmSessions::Shutdown(absl::AnyInvocable<void()> done) {
  shutting_down_ = true;
  shut_down_ = std::move(done);
  tick_.Clear();
  for (const std::unique_ptr<ImageSessions>& pool : pools_) {
    for (ImageSessions::Waiter& waiter : std::exchange(pool->waiters, {}))
      waiter.done(ShuttingDown());
    for (const std::shared_ptr<Session>& session : std::exchange(pool->warm, {})) Dispose(session);
  }
  MaybeFinishShutdown();
}

void WarmSessions::MaybeFinishShutdown() {
  if (!shut_down_ || disposing_ > 0) return;
  for (const std::unique_ptr<ImageSessions>& pool : pools_)
    if (pool->making > 0) return;
  std::exchange(shut_down_, nullptr)();
}

}  // namespace carrel
