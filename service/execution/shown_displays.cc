#include "service/execution/shown_displays.h"

#include <utility>

namespace carrel {

void ShownDisplays::Add(ShownDisplay display) {
  bytes_ += display.bytes;
  if (!display.updates.empty()) updates_[display.updates] = display.sequence;
  const int64_t sequence = display.sequence;
  displays_[sequence] = std::move(display);
}

absl::optional<ShownDisplay> ShownDisplays::TakeUpdateOf(const std::string& display_id) {
  auto update = updates_.find(display_id);
  if (update == updates_.end()) return absl::nullopt;
  auto it = displays_.find(update->second);
  ShownDisplay display = std::move(it->second);
  bytes_ -= display.bytes;
  displays_.erase(it);
  updates_.erase(update);
  return display;
}

std::vector<std::string> ShownDisplays::Clear() {
  std::vector<std::string> images;
  for (auto& [_, display] : displays_)
    for (std::string& image : display.images) images.push_back(std::move(image));
  *this = ShownDisplays();
  return images;
}

}  // namespace carrel
