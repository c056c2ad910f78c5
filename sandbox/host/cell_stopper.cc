#include "sandbox/host/cell_stopper.h"

#include <chrono>
#include <utility>

#include "sandbox/layers.h"

namespace carrel {
namespace {

auto Milliseconds(absl::Duration duration) {
  return std::chrono::milliseconds(absl::ToInt64Milliseconds(duration));
}

}  // namespace

CellStopper::CellStopper(EventLoop* loop, absl::Duration grace_period, Actions actions)
    : grace_(grace_period),
      actions_(std::move(actions)),
      timeout_(loop,
               [this] {
                 if (IsApplied(Layer::kTimeout)) Interrupt(StopReason::kTimeout);
               }),
      grace_end_(loop, [this] { OnGrace(); }) {}

void CellStopper::Start(CellRun* cell) {
  cell_ = cell;
  timeout_.SetAfter(Milliseconds(cell->cell().timeout));
}

void CellStopper::Stop() {
  cell_ = nullptr;
  timeout_.Clear();
  grace_end_.Clear();
}

void CellStopper::Interrupt(StopReason reason) {
  if (cell_ == nullptr || !cell_->NoteInterrupt(reason)) return;
  SendInterrupt();
}

void CellStopper::OnGrace() {
  if (cell_ == nullptr || !IsApplied(Layer::kKillAfterGrace)) return;
  if (!cell_->NoteSecondInterrupt()) return actions_.kill(*cell_->interrupt_reason());
  SendInterrupt();
}

void CellStopper::SendInterrupt() {
  if (actions_.interrupt()) ++pending_interrupts_;
  grace_end_.SetAfter(Milliseconds(grace_ / 2));
}

bool CellStopper::OnInterrupted() { return pending_interrupts_ > 0 && --pending_interrupts_ == 0; }

}  // namespace carrel
