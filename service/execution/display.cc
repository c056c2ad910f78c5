#include "service/execution/display.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "service/model/utf8.h"

namespace carrel {
namespace {

constexpr size_t kMaxMimeTypeBytes = 255;
constexpr size_t kMaxMetadataBytes = 64 << 10;
constexpr size_t kMaxDisplayIdBytes = 1024;

void SetContent(MimeData from, int64_t budget, v1::MimeData* to) {
  if (static_cast<int64_t>(from.data.size()) > budget) {
    to->set_dropped(true);
  } else if (!IsTextType(to->mime_type())) {
    to->set_data(std::move(from.data));
  } else {
    // Replacement characters make the text longer, so that it may no longer fit.
    std::string text = SanitizeUtf8(from.data, static_cast<size_t>(3 * kMaxInlineBytes));
    if (static_cast<int64_t>(text.size()) > budget) {
      to->set_dropped(true);
    } else {
      to->set_text(std::move(text));
    }
  }
}

}  // namespace

bool IsTextType(absl::string_view type) {
  return absl::StartsWith(type, "text/") || absl::EndsWith(type, "+json") ||
         absl::EndsWith(type, "+xml") || type == "application/json" || type == "application/xml" ||
         type == "application/javascript";
}

std::string ImageExtension(absl::string_view type) {
  if (!absl::ConsumePrefix(&type, "image/")) return "";
  if (type == "jpeg") return "jpg";
  if (type == "svg+xml") return "svg";
  std::string extension;
  for (char c : type)
    if (absl::ascii_isalnum(c)) extension.push_back(absl::ascii_tolower(c));
  return extension.empty() || extension.size() > 8 ? "img" : extension;
}

v1::Display ToDisplay(
    DisplayBundle bundle, int64_t max_inline_image_bytes,
    absl::FunctionRef<std::string(const std::string&, std::shared_ptr<const std::string>)>
        keep_image) {
  v1::Display display;
  display.set_display_id(SanitizeUtf8(bundle.display_id, kMaxDisplayIdBytes));
  display.set_update(bundle.update);
  // Truncated metadata would not be valid JSON.
  if (bundle.metadata_json.size() <= kMaxMetadataBytes)
    display.set_metadata_json(SanitizeUtf8(bundle.metadata_json, 4 * kMaxMetadataBytes));
  std::stable_partition(bundle.data.begin(), bundle.data.end(),
                        [](const MimeData& data) { return data.mime_type == "text/plain"; });
  int64_t budget = kMaxInlineBytes;
  for (MimeData& from : bundle.data) {
    v1::MimeData* to = display.add_data();
    to->set_mime_type(SanitizeUtf8(from.mime_type, kMaxMimeTypeBytes));
    to->set_size_bytes(from.size_bytes);
    if (from.dropped) {
      to->set_dropped(true);
      continue;
    }
    if (!ImageExtension(to->mime_type()).empty()) {
      auto data = std::make_shared<const std::string>(from.data);
      const auto size = static_cast<int64_t>(data->size());
      std::string artifact = keep_image(to->mime_type(), std::move(data));
      if (!artifact.empty() && size > std::min(max_inline_image_bytes, budget)) {
        to->set_artifact(std::move(artifact));
        continue;
      }
    }
    SetContent(std::move(from), budget, to);
    budget -= static_cast<int64_t>(to->text().size() + to->data().size());
  }
  return display;
}

}  // namespace carrel
