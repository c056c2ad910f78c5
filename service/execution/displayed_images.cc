#include "service/execution/displayed_images.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace carrel {

std::string DisplayedImages::Add(const std::string& mime_type,
                                 std::shared_ptr<const std::string> data) {
  if (images_.size() >= kMaxImages) {
    truncated_ = true;
    return "";
  }
  Image& image = images_.emplace_back();
  image.id = absl::StrCat(++last_number_, ".", ImageExtension(mime_type));
  image.artifact.set_name(absl::StrCat(execution_, "/images/", image.id));
  image.artifact.set_change(v1::Artifact::DISPLAYED);
  image.artifact.set_size_bytes(static_cast<int64_t>(data->size()));
  image.artifact.set_mime_type(mime_type);
  std::string name = image.artifact.name();
  store_.save(DisplayedImage{image.id, mime_type, std::move(data)});
  return name;
}

void DisplayedImages::OnSaved(const std::string& image_id,
                              const absl::StatusOr<std::string>& sha256) {
  auto image = std::find_if(images_.begin(), images_.end(),
                            [&](const Image& one) { return one.id == image_id; });
  if (image == images_.end()) return;
  if (image->removed) removed_bytes_ -= image->artifact.size_bytes();
  if (image->removed && sha256.ok()) store_.remove(image_id);
  if (!sha256.ok())
    spdlog::warn("image {} could not be saved: {}", image->artifact.name(),
                 sha256.status().ToString());
  if (image->removed || !sha256.ok()) {
    images_.erase(image);
  } else {
    image->saved = true;
    image->artifact.set_sha256(*sha256);
  }
}

void DisplayedImages::Remove(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    auto image = std::find_if(images_.begin(), images_.end(),
                              [&](const Image& one) { return one.artifact.name() == name; });
    if (image == images_.end() || image->removed) continue;
    if (image->saved) {
      store_.remove(image->id);
      images_.erase(image);
    } else {
      image->removed = true;
      removed_bytes_ += image->artifact.size_bytes();
    }
  }
}

void DisplayedImages::MoveTo(v1::Execution* execution) {
  if (truncated_) execution->set_artifacts_truncated(true);
  for (Image& image : images_)
    if (!image.removed) *execution->add_artifacts() = std::move(image.artifact);
  images_.clear();
}

}  // namespace carrel
