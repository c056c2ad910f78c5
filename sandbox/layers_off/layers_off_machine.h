// What layers_off_test does things with: a zygote and its sessions, single layers of which are
// left out.
#ifndef CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_MACHINE_H_
#define CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_MACHINE_H_

#include <asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sandbox/lane.h"
#include "sandbox/launcher.h"
#include "sandbox/layers.h"
#include "sandbox/sandbox.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/self_test/self_test_session.h"
#include "sandbox/workspace/workspace.h"

namespace carrel {

// Leaves the machine for namespaces of its own, all of whose file systems are read-only but a
// fresh one for sessions: what no layer holds any more can do no harm there. Where that may not
// be done, in a container, this one serves. Only in a new process; returns in the one that is
// there to go on. What is left in there ends with it.
void MoveAside();

// What is the same for all tests. Starts launchers, so the caller must have one thread.
class LayersOffHost {
 public:
  static const LayersOffHost& Get();

  Lane lane() const { return lane_; }
  // Writable, and gone at the end.
  const std::string& folder() const { return folder_; }
  // The first of two users whom sessions have.
  uint32_t first_uid() const;
  const std::string& environment() const { return environment_; }
  Launcher* launcher(bool shipped) const { return (shipped ? shipped_ : testing_).get(); }

 private:
  LayersOffHost();

  Lane lane_ = Lane::kNative;
  std::string folder_, environment_;
  std::unique_ptr<Launcher> testing_, shipped_;
};

// One zygote. At its end nothing of its sessions is left.
class LayersOffMachine {
 public:
  // Without the layers of `off`, if it is not the shipped zygote, which pays no heed.
  explicit LayersOffMachine(LayerMask off, bool shipped = false);
  ~LayersOffMachine();

  // As at boot.
  absl::StatusOr<IsolationReport> RunSelfTest();
  absl::StatusOr<std::unique_ptr<SelfTestSession>> OpenSession();

  // Of a session that OpenSession has not opened: nobody's.
  absl::StatusOr<std::shared_ptr<Workspace>> MakeWorkspace(const WorkspaceLimits& limits);

  EventLoop* loop() { return &loop_; }
  asio::thread_pool* pool() { return &pool_; }

 private:
  const std::string sessions_;
  EventLoop loop_;
  asio::thread_pool pool_{1};
  GuestLooks looks_;
  std::unique_ptr<Zygote> zygote_;
  absl::Status started_;
};

// How looks say it.
std::string NotStarted(const absl::Status& status);
std::string StopReasonName(StopReason reason);

}  // namespace carrel

#endif  // CARREL_SANDBOX_LAYERS_OFF_LAYERS_OFF_MACHINE_H_
