#include "sandbox/spawn/zygote.h"

#include <algorithm>
#include <asio/post.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/spawn/zygote_connection.h"

namespace carrel {
namespace {

using SpawnDone = ZygoteConnection::SpawnDone;

// The time limit for the imports of an image's modules.
constexpr int kPreloadTimeoutMs = 180'000;
// The first and the longest delay before a zygote that died is launched anew; the delay doubles
// until one is ready.
constexpr std::chrono::milliseconds kFirstRelaunchDelay{20};
constexpr std::chrono::milliseconds kMaxRelaunchDelay{5000};
// The delay before another spare is requested when none could be made, or it died.
constexpr std::chrono::milliseconds kSpareDelay{250};

// The processes of one image. One is active: it gets the spawn requests. A spare, its copy,
// replaces it at once when it dies. Then a new zygote is launched; when it has done its imports, it
// becomes active, and the copies of the old one are let go: each fork of a fork adds to what the
// kernel keeps of every mapping of every session.
class ZygoteImpl : public Zygote, public std::enable_shared_from_this<ZygoteImpl> {
 public:
  ZygoteImpl(EventLoop* loop, asio::thread_pool* pool, SamplingThreads* samplers,
             Launcher* launcher, ZygoteSpec spec)
      : loop_(loop),
        pool_(pool),
        samplers_(samplers),
        launcher_(launcher),
        spec_(std::move(spec)),
        relaunch_(loop, [this] { Relaunch(); }),
        make_spare_(loop, [this] { MakeSpare(); }) {}

  // Blocks until the first process is ready.
  absl::Status StartFirst() {
    auto launched = Launch();
    if (!launched.ok()) return launched.status();
    absl::StatusOr<std::string> version = (*launched)->AwaitReady(kPreloadTimeoutMs);
    if (!version.ok()) return version.status();
    python_version_ = *std::move(version);
    active_ = *std::move(launched);
    loop_->Post([self = shared_from_this()] {
      if (self->stopped_) return;
      self->Watch(self->active_.get());
      self->MakeSpare();
    });
    return absl::OkStatus();
  }

  void Spawn(SpawnOptions options, SpawnDone done) override {
    if (spec_.cgroups == nullptr) return SpawnIn(nullptr, options, std::move(done));
    // The kernel makes cgroups one at a time, which may block.
    asio::post(*pool_, [self = shared_from_this(), options = std::move(options),
                        done = std::move(done)]() mutable {
      Cgroups* cgroups = self->spec_.cgroups;
      auto made = cgroups->Make(
          options.cgroup_limits.value_or(LimitsOf(options.limits, cgroups->cpus())), options.uid);
      EventLoop* loop = self->loop_;
      loop->Post([self = std::move(self), options = std::move(options), done = std::move(done),
                  made = std::move(made)]() mutable {
        if (!made.ok())
          return done(absl::InternalError(absl::StrCat("cgroup: ", made.status().message())));
        self->SpawnIn(*std::move(made), options, std::move(done));
      });
    });
  }

  const std::string& python_version() const override { return python_version_; }
  int pid() const override { return active_ != nullptr ? active_->pid() : 0; }

  void Stop() {
    stopped_ = true;
    relaunch_.Clear();
    make_spare_.Clear();
    for (const LinkPtr& link : {active_, spare_, launched_})
      if (link != nullptr) link->Close();
    for (const LinkPtr& link : retired_) link->Close();
  }

 private:
  using LinkPtr = std::shared_ptr<ZygoteConnection>;

  absl::StatusOr<LinkPtr> Launch() {
    absl::StatusOr<LaunchedZygote> launched = launcher_->Launch(spec_);
    if (!launched.ok()) return launched.status();
    return std::make_shared<ZygoteConnection>(loop_, pool_, samplers_, spec_.isolation_mode,
                                              std::move(launched->control), launched->pid);
  }

  void SpawnIn(std::unique_ptr<SessionCgroup> cgroup, const SpawnOptions& options, SpawnDone done) {
    absl::Status sent = active_ != nullptr
                            ? active_->Spawn(options, std::move(cgroup), &done)
                            : absl::UnavailableError("the image's zygote is being restarted");
    if (!sent.ok()) loop_->Post([done = std::move(done), sent]() mutable { done(sent); });
  }

  void Watch(ZygoteConnection* link) {
    link->Watch([weak = weak_from_this()](ZygoteConnection* changed) {
      std::shared_ptr<ZygoteImpl> self = weak.lock();
      if (self == nullptr || self->stopped_) return;
      changed->gone() ? self->OnGone(changed) : self->OnReady(changed);
    });
  }

  void OnReady(const ZygoteConnection* link) {
    if (link == launched_.get()) {
      relaunch_delay_ = kFirstRelaunchDelay;
      Retire(std::move(active_));
      Retire(std::move(spare_));
      active_ = std::move(launched_);
      MakeSpare();
    } else if (link == spare_.get() && active_ == nullptr) {
      Promote();
    }
  }

  void OnGone(ZygoteConnection* link) {
    if (link == active_.get()) {
      active_ = nullptr;
      if (spare_ != nullptr && spare_->ready()) Promote();
      if (launched_ == nullptr) RelaunchSoon();
    } else if (link == launched_.get()) {
      launched_ = nullptr;
      RelaunchSoon();
    } else if (link == spare_.get()) {
      spare_ = nullptr;
      make_spare_.SetAfter(kSpareDelay);
    } else {
      retired_.erase(link->shared_from_this());
    }
  }

  // The promoted one needs a spare, too: it may die long before the new zygote is ready.
  void Promote() {
    active_ = std::move(spare_);
    MakeSpare();
  }

  // Lets a process end once it has answered its pending requests.
  void Retire(LinkPtr link) {
    if (link == nullptr) return;
    link->Finish();
    retired_.insert(std::move(link));
  }

  // Requests a spare. A failure does no harm as long as the active zygote lives.
  void MakeSpare() {
    if (active_ == nullptr || spare_ != nullptr) return;
    absl::StatusOr<LinkPtr> spare = active_->MakeSpare();
    if (!spare.ok()) return make_spare_.SetAfter(kSpareDelay);
    spare_ = *std::move(spare);
    Watch(spare_.get());
  }

  // Schedules one relaunch, however many processes die meanwhile.
  void RelaunchSoon() {
    if (std::exchange(relaunch_is_due_, true)) return;
    relaunch_.SetAfter(relaunch_delay_);
    relaunch_delay_ = std::min(2 * relaunch_delay_, kMaxRelaunchDelay);
  }

  void Relaunch() {
    relaunch_is_due_ = false;
    absl::StatusOr<LinkPtr> launched = Launch();
    if (!launched.ok()) return RelaunchSoon();
    launched_ = *std::move(launched);
    Watch(launched_.get());
  }

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  SamplingThreads* const samplers_;
  Launcher* const launcher_;
  const ZygoteSpec spec_;
  LazyTimer relaunch_, make_spare_;
  std::chrono::milliseconds relaunch_delay_ = kFirstRelaunchDelay;
  bool relaunch_is_due_ = false;
  std::string python_version_;
  bool stopped_ = false;
  LinkPtr active_;    // The active process: ready, or null.
  LinkPtr spare_;     // A copy of the active one, or of the last; may not be ready yet.
  LinkPtr launched_;  // A new process that is doing its imports.
  std::set<LinkPtr> retired_;
};

// The owner's handle. Functions that were posted may keep the implementation for a while; its
// timers do not.
class ZygoteHandle : public Zygote {
 public:
  explicit ZygoteHandle(std::shared_ptr<ZygoteImpl> impl) : impl_(std::move(impl)) {}
  ~ZygoteHandle() override { impl_->Stop(); }
  void Spawn(SpawnOptions options, SpawnDone done) override {
    impl_->Spawn(std::move(options), std::move(done));
  }
  const std::string& python_version() const override { return impl_->python_version(); }
  int pid() const override { return impl_->pid(); }

 private:
  const std::shared_ptr<ZygoteImpl> impl_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Zygote>> Zygote::Start(EventLoop* loop, asio::thread_pool* pool,
                                                      SamplingThreads* samplers, Launcher* launcher,
                                                      ZygoteSpec spec) {
  auto impl = std::make_shared<ZygoteImpl>(loop, pool, samplers, launcher, std::move(spec));
  absl::Status started = impl->StartFirst();
  if (!started.ok()) return started;
  return std::make_unique<ZygoteHandle>(std::move(impl));
}

}  // namespace carrel
