// The observations of layers_off_probes.h that concern the watch of a workspace.
#include <asio/post.hpp>
#include <atomic>
#include <climits>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sandbox/changes/change_hub.h"
#include "sandbox/changes/workspace_changes.h"
#include "sandbox/files/workspace_quota_watchdog.h"
#include "tests/ablation/layers_off_machine.h"
#include "tests/ablation/layers_off_probes.h"

namespace carrel {
namespace {

// Observes the watch of a workspace with `files` files of 64 KiB in `folder`.
Look Watch(const std::string& folder, int files, const WorkspaceLimits& limits) {
  return [=](LayerMask off, bool patient) {
    LayersOffMachine machine(off);
    auto workspace = machine.MakeWorkspace(limits);
    if (!workspace.ok()) return NotStarted(workspace.status());
    ChangeHub hub(machine.loop(), 1);
    auto changes = std::make_shared<WorkspaceChanges>(*workspace, &hub);
    std::atomic<int> told{-1};
    std::unique_ptr<WorkspaceQuotaWatchdog> watch;
    const auto on_loop = [&](std::function<void()> function) {
      std::promise<void> done;
      machine.loop()->Post([&] {
        function();
        done.set_value();
      });
      done.get_future().wait();
    };
    on_loop([&] {
      watch = std::make_unique<WorkspaceQuotaWatchdog>(
          machine.loop(), machine.pool(), *workspace, changes,
          [&](std::function<void()> work) { asio::post(*machine.pool(), std::move(work)); },
          [&](StopReason reason) { told = static_cast<int>(reason); });
    });
    const std::string place =
        absl::StrCat(LayersOffHost::Get().folder(), "/sessions/session/", folder, "/");
    for (int i = 0; i < files; ++i)
      std::ofstream(absl::StrCat(place, i)) << std::string(64 << 10, 'x');
    on_loop([&] { watch->StartBusy(std::chrono::milliseconds(20)); });
    int measurements = 0;
    while (told < 0 && measurements < (patient ? INT_MAX : 1)) {
      absl::SleepFor(absl::Milliseconds(20));
      on_loop([&] {
        hub.Tick();
        measurements = watch->measurements();
      });
    }
    on_loop([&] { watch.reset(); });
    return told < 0 ? std::string("nothing") : StopReasonName(static_cast<StopReason>(told.load()));
  };
}

}  // namespace

Look SeeWatchOfBytes() { return Watch("files", 8, {256 << 10, 100, 1 << 20}); }
Look SeeWatchOfFiles() { return Watch("files", 8, {1 << 20, 4, 1 << 20}); }
Look SeeWatchOfTemporary() { return Watch("private/tmp", 8, {1 << 20, 100, 256 << 10}); }

}  // namespace carrel
