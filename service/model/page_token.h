// Page tokens: the position where the next page of a list starts, valid only for the query it was
// made for.
#ifndef CARREL_SERVICE_MODEL_PAGE_TOKEN_H_
#define CARREL_SERVICE_MODEL_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace carrel {

// Makes a token for the page after `position` of the list that `question` names, e.g.
// "sessions?filter=…". Opaque to callers.
std::string MakePageToken(absl::string_view position, absl::string_view question);

// Returns the position; empty for an empty token. INVALID_ARGUMENT naming `page_token` if it is
// malformed or was made for another query.
absl::StatusOr<std::string> ReadPageToken(absl::string_view token, absl::string_view question);

// The number of items to return: 100 if `page_size` is 0, at most 1000.
// INVALID_ARGUMENT naming `page_size` if negative.
absl::StatusOr<int> EffectivePageSize(int32_t page_size);

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_PAGE_TOKEN_H_
