#include "service/model/session_filter.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "service/model/errors.h"

namespace carrel {
namespace {

constexpr size_t kMaxFilterBytes = 16 << 10;
constexpr size_t kMaxTerms = 64;

void SkipSpaces(absl::string_view* text) { *text = absl::StripLeadingAsciiWhitespace(*text); }

std::string TakeKey(absl::string_view* text) {
  size_t end = text->find_first_of(" =:\t\"");
  std::string key(text->substr(0, end));
  text->remove_prefix(key.size());
  return key;
}

// Removes a quoted string, in which quotes and backslashes are escaped by backslashes.
bool TakeQuoted(absl::string_view* text, std::string* value) {
  if (!absl::ConsumePrefix(text, "\"")) return false;
  while (!text->empty()) {
    char c = text->front();
    text->remove_prefix(1);
    if (c == '"') return true;
    if (c == '\\') {
      if (text->empty() || (text->front() != '"' && text->front() != '\\')) return false;
      c = text->front();
      text->remove_prefix(1);
    }
    value->push_back(c);
  }
  return false;
}

}  // namespace

absl::StatusOr<SessionFilter> SessionFilter::Parse(absl::string_view text) {
  const absl::Status malformed = InvalidField(
      "filter", "must be terms labels.KEY = \"VALUE\" or labels.KEY:* joined by \" AND \"");
  if (text.size() > kMaxFilterBytes) return InvalidField("filter", "is longer than 16 KiB");
  SessionFilter filter;
  SkipSpaces(&text);
  while (!text.empty()) {
    if (!absl::ConsumePrefix(&text, "labels.")) return malformed;
    Term term;
    term.key = TakeKey(&text);
    if (!IsLabelKey(term.key)) return malformed;
    SkipSpaces(&text);
    if (absl::ConsumePrefix(&text, "=")) {
      SkipSpaces(&text);
      term.value.emplace();
      if (!TakeQuoted(&text, &*term.value)) return malformed;
    } else if (!absl::ConsumePrefix(&text, ":*")) {
      return malformed;
    }
    filter.terms_.push_back(std::move(term));
    if (filter.terms_.size() > kMaxTerms) return InvalidField("filter", "has more than 64 terms");
    if (absl::StripAsciiWhitespace(text).empty()) break;
    if (!absl::ascii_isspace(text.front())) return malformed;
    SkipSpaces(&text);
    if (!absl::ConsumePrefix(&text, "AND") || text.empty() || !absl::ascii_isspace(text.front()))
      return malformed;
    SkipSpaces(&text);
    if (text.empty()) return malformed;
  }
  return filter;
}

bool SessionFilter::Matches(const Labels& labels) const {
  for (const Term& term : terms_) {
    auto it = labels.find(term.key);
    if (it == labels.end() || (term.value && it->second != *term.value)) return false;
  }
  return true;
}

}  // namespace carrel
