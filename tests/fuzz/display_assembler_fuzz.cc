// The displays of a hostile interpreter against their budget. Input: three bytes of budget, then
// steps: one byte of flags, one of a name, two of a size. A step whose only flag, besides kLast and
// kLarge, is kLongMetadata is no part: it releases that much of the bytes kept or, with kLast, a
// cell begins with that budget.
#include <algorithm>
#include <string>
#include <vector>

#include "sandbox/ipc/display_assembler.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

// The limit on the size of all parts together; larger inputs take the time of many others.
constexpr size_t kMostBytes = 2 << 20;

enum Flag : uint8_t {
  kLast = 1,
  kIsResult = 2,
  kUpdate = 4,
  kNamed = 8,
  kLongName = 16,
  kMetadata = 32,
  kLongMetadata = 64,
  kLarge = 128,
};

// One step of an input: the description of a part, or a change of the budget.
struct Step {
  explicit Step(fuzz::FuzzInput* input)
      : flags(input->TakeByte()),
        name(input->TakeByte()),
        size(input->TakeNumber(2) * ((flags & kLarge) != 0 ? 8 : 1)) {}
  bool IsPart() const { return (flags & ~(kLast | kLarge)) != kLongMetadata; }

  const uint8_t flags, name;
  const size_t size;
};

internal::DisplayPart PartOf(const Step& step) {
  internal::DisplayPart part;
  const auto& [flags, name, size] = step;
  part.set_last((flags & kLast) != 0);
  part.set_is_result((flags & kIsResult) != 0);
  part.set_update((flags & kUpdate) != 0);
  if ((flags & kNamed) != 0)
    part.set_mime_type(std::string((flags & kLongName) != 0 ? 200 + name : 1 + name % 64, 'a'));
  if ((flags & kMetadata) != 0)
    part.set_metadata_json(std::string((flags & kLongMetadata) != 0 ? 65'400 + name : name, '{'));
  part.set_display_id(std::string(static_cast<size_t>(name) * 3, 'd'));
  part.set_data(std::string(size, static_cast<char>(name)));
  return part;
}

// The expected state of the bundle that is being built, as the assembler's header specifies it.
struct Expected {
  std::vector<MimeData> data;
  bool ignoring = false;
  int64_t left = 0;
  int64_t kept = 0;          // The size of complete bundles.
  bool has_metadata = true;  // Describes the last complete bundle.

  // Returns the bytes of names and metadata around the data that exceed the free allowance.
  int64_t Wrapping(const internal::DisplayPart& last, bool with_metadata) const {
    size_t bytes = std::min(last.display_id().size(), DisplayAssembler::kMaxNameBytes);
    if (with_metadata && last.metadata_json().size() <= DisplayAssembler::kMaxMetadataBytes)
      bytes += last.metadata_json().size();
    for (const MimeData& one : data) bytes += one.mime_type.size() + 64;
    return std::max<int64_t>(0, static_cast<int64_t>(bytes) - kFreeWrappingBytes);
  }

  // Completes the bundle. Returns true if nothing of it fits.
  bool Wrap(const internal::DisplayPart& last) {
    const int64_t room = std::max<int64_t>(0, left);
    has_metadata = Wrapping(last, true) <= room;
    const int64_t bytes = Wrapping(last, has_metadata);
    if (bytes <= room) {
      left -= bytes;
      return false;
    }
    left += Incomplete();
    for (MimeData& one : data) {
      one.data.clear();
      one.dropped = true;
    }
    return true;
  }

  int64_t Incomplete() const {
    int64_t bytes = 0;
    for (const MimeData& one : data) bytes += static_cast<int64_t>(one.data.size());
    return bytes;
  }

  void StartBudget(int64_t budget) {
    left = budget - Incomplete();
    kept = 0;
    if (left >= 0) return;
    left = budget;
    for (MimeData& one : data) {
      one.data.clear();
      one.dropped = true;
    }
  }

  void GiveUp(int64_t bytes) {
    bytes = std::min(bytes, kept);
    kept -= bytes;
    left += bytes;
  }

  void Add(const internal::DisplayPart& part) {
    if (!part.mime_type().empty()) {
      ignoring = data.size() == DisplayAssembler::kMaxRepresentations;
      if (!ignoring) data.push_back({part.mime_type().substr(0, DisplayAssembler::kMaxNameBytes)});
    }
    if (ignoring || data.empty()) return;
    MimeData& current = data.back();
    const auto size = static_cast<int64_t>(part.data().size());
    current.size_bytes += size;
    if (current.dropped) return;
    if (size <= left) {
      left -= size;
      current.data += part.data();
    } else {
      left += static_cast<int64_t>(current.data.size());
      current.data.clear();
      current.dropped = true;
    }
  }
};

void CheckBundle(const DisplayBundle& bundle, const internal::DisplayPart& last,
                 const Expected& expected) {
  FUZZ_CHECK(!bundle.data.empty());
  FUZZ_CHECK(bundle.data.size() <= DisplayAssembler::kMaxRepresentations);
  FUZZ_CHECK(bundle.data.size() == expected.data.size());
  for (size_t i = 0; i < bundle.data.size(); ++i) {
    const MimeData& data = bundle.data[i];
    FUZZ_CHECK(!data.mime_type.empty());
    FUZZ_CHECK(data.mime_type == expected.data[i].mime_type);
    FUZZ_CHECK(data.size_bytes == expected.data[i].size_bytes);
    FUZZ_CHECK(data.dropped == expected.data[i].dropped);
    FUZZ_CHECK(data.data == expected.data[i].data);
    FUZZ_CHECK(data.dropped ? data.data.empty()
                            : static_cast<int64_t>(data.data.size()) == data.size_bytes);
  }
  FUZZ_CHECK(bundle.is_result == last.is_result() && bundle.update == last.update());
  FUZZ_CHECK(bundle.display_id.size() <= DisplayAssembler::kMaxNameBytes);
  if (!expected.has_metadata) FUZZ_CHECK(bundle.metadata_json.empty());
  // Metadata is kept whole or not at all.
  FUZZ_CHECK(bundle.metadata_json.empty() || bundle.metadata_json == last.metadata_json());
  FUZZ_CHECK(bundle.metadata_json.size() <= DisplayAssembler::kMaxMetadataBytes);
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carrel::fuzz::FuzzInput input(data, size);
  auto budget = static_cast<int64_t>(input.TakeNumber(3));
  carrel::DisplayAssembler assembler(budget);
  carrel::Expected expected;
  expected.left = budget;
  size_t total = 0;
  for (int steps = 0; !input.empty() && steps < 300 && total < carrel::kMostBytes; ++steps) {
    const carrel::Step step(&input);
    if (!step.IsPart()) {
      if ((step.flags & carrel::kLast) != 0) {
        budget = static_cast<int64_t>(step.size);
        assembler.StartBudget(budget);
        expected.StartBudget(budget);
      } else {
        expected.GiveUp(static_cast<int64_t>(step.size));
        assembler.SetKept(expected.kept);
      }
      continue;
    }
    const carrel::internal::DisplayPart part = carrel::PartOf(step);
    total += part.data().size();
    expected.Add(part);
    absl::optional<carrel::DisplayBundle> bundle = assembler.Add(part);
    FUZZ_CHECK(bundle.has_value() == (part.last() && !expected.data.empty()));
    if (bundle) {
      FUZZ_CHECK(bundle->dropped == expected.Wrap(part));
      carrel::CheckBundle(*bundle, part, expected);
      if (!bundle->dropped) expected.kept += carrel::CostOf(*bundle);
      FUZZ_CHECK(expected.kept <= budget);
      FUZZ_CHECK(expected.kept + expected.left == budget);
    }
    if (part.last()) {
      expected.data.clear();
      expected.ignoring = false;
    }
  }
  return 0;
}
