// The output and displays of threads between two cells. Input: steps of four bytes: a kind, a name,
// two of a size.
#include <string>
#include <vector>

#include "sandbox/host/late_output.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

constexpr int kMostSteps = 3000;
constexpr size_t kMostBytes = 16 << 20;

// A piece of output that is still to be delivered; the model keeps one for each step.
struct Piece {
  char kind;  // 'o', 'e', 'd', 'u'
  std::string id;
  std::string data;
};

int64_t SizeOf(const Piece& piece) {
  return static_cast<int64_t>(piece.data.size() + piece.id.size() + sizeof("text/plain") - 1);
}

struct Model {
  std::vector<Piece> pieces;
  bool waits = false;
  LateLoss loss;

  void Clear(bool wait) {
    if (wait)
      waits = true;
    else
      *this = Model();
  }
  void Shows() {
    if (waits) *this = Model();
  }
  void Print(char kind, const std::string& text) {
    if (text.empty()) return;
    Shows();
    size_t kept = 0;
    for (const Piece& piece : pieces)
      if (piece.kind == kind) kept += piece.data.size();
    const size_t fits = std::min(text.size(), LateOutput::kMaxTextBytes - kept);
    loss.output_bytes += static_cast<int64_t>(text.size() - fits);
    if (fits > 0) pieces.push_back({kind, "", text.substr(0, fits)});
  }
  void Display(Piece piece) {
    if (piece.kind == 'd') Shows();
    size_t count = 0;
    int64_t bytes = 0;
    for (size_t i = 0; i < pieces.size(); ++i) {
      const bool same = piece.kind == 'u' && pieces[i].kind == 'u' && pieces[i].id == piece.id;
      if (same && !piece.id.empty()) pieces.erase(pieces.begin() + static_cast<long>(i--));
    }
    for (const Piece& one : pieces) {
      if (one.kind != 'd' && one.kind != 'u') continue;
      ++count;
      bytes += SizeOf(one);
    }
    if (count == LateOutput::kMaxDisplays || bytes + SizeOf(piece) > LateOutput::kMaxDisplayBytes)
      ++loss.displays;
    else
      pieces.push_back(std::move(piece));
  }
};

// Records the output that the next cell gets; neighbouring text of a stream is one piece.
class Recorder : public CellSink {
 public:
  void Add(Piece piece) {
    const bool text = piece.kind == 'o' || piece.kind == 'e';
    if (text && !pieces.empty() && pieces.back().kind == piece.kind)
      pieces.back().data += piece.data;
    else
      pieces.push_back(std::move(piece));
  }
  void OnStarted() override {}
  void OnLasting() override {}
  void OnOutput(OutputStream stream, std::string bytes) override {
    Add({stream == OutputStream::kStdout ? 'o' : 'e', "", std::move(bytes)});
  }
  int64_t OnDisplay(DisplayBundle bundle) override {
    FUZZ_CHECK(bundle.data.size() == 1 && !bundle.data[0].dropped);
    Add({bundle.update ? 'u' : 'd', bundle.display_id, bundle.data[0].data});
    return 0;
  }
  int64_t OnClear(bool wait) override {
    FUZZ_CHECK(wait);
    waits = true;
    return 0;
  }
  void OnLateLoss(const LateLoss& late) override { loss = late; }
  void OnException(PythonException) override {}
  void OnRefusedCall(const std::string&) override {}

  std::vector<Piece> pieces;
  bool waits = false;
  LateLoss loss;
};

// Returns the text of one stream, or the displays, in order. With very many pieces the order
// between streams and displays is not kept.
std::string Of(const std::vector<Piece>& pieces, char kind) {
  std::string all;
  for (const Piece& piece : pieces)
    if (piece.kind == kind) all += piece.id + piece.data;
  return all;
}

void Check(const Model& model, LateOutput* late) {
  Recorder expected, given;
  for (const Piece& piece : model.pieces) expected.Add(piece);
  DisplayAssembler budget(LateOutput::kMaxDisplayBytes);
  late->MoveTo(&given, &budget);
  FUZZ_CHECK(late->empty());
  FUZZ_CHECK(given.waits == model.waits);
  FUZZ_CHECK(given.loss.output_bytes == model.loss.output_bytes);
  FUZZ_CHECK(given.loss.displays == model.loss.displays);
  FUZZ_CHECK(given.pieces.size() <= LateOutput::kMaxPieces + LateOutput::kMaxDisplays + 2);
  for (char kind : {'o', 'e', 'd', 'u'})
    FUZZ_CHECK(Of(given.pieces, kind) == Of(expected.pieces, kind));
  // A dropped update between two pieces of text may have kept them apart.
  if (model.pieces.size() >= LateOutput::kMaxPieces) return;
  FUZZ_CHECK(given.pieces.size() == expected.pieces.size());
  for (size_t i = 0; i < given.pieces.size(); ++i)
    FUZZ_CHECK(given.pieces[i].kind == expected.pieces[i].kind &&
               given.pieces[i].data == expected.pieces[i].data);
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carrel::fuzz::FuzzInput input(data, size);
  carrel::LateOutput late;
  carrel::Model model;
  size_t total = 0;
  for (int i = 0; !input.empty() && i < carrel::kMostSteps && total < carrel::kMostBytes; ++i) {
    const uint8_t kind = input.TakeByte() % 16;
    const uint8_t name = input.TakeByte();
    const std::string bytes(input.TakeNumber(2) * (kind >= 8 ? 16 : 1), static_cast<char>(name));
    total += bytes.size();
    if (kind % 8 < 2) {
      late.AddText(static_cast<carrel::OutputStream>(kind % 8), bytes);
      model.Print(kind % 8 == 0 ? 'o' : 'e', bytes);
    } else if (kind % 8 < 6) {
      carrel::DisplayBundle bundle;
      bundle.data.push_back({"text/plain", bytes, static_cast<int64_t>(bytes.size()), false});
      bundle.display_id = std::string(name % 4, 'i');
      bundle.update = kind % 2 == 0;
      model.Display({bundle.update ? 'u' : 'd', bundle.display_id, bytes});
      late.AddDisplay(std::move(bundle));
    } else {
      late.Clear(kind % 2 == 0);
      model.Clear(kind % 2 == 0);
    }
  }
  carrel::Check(model, &late);
  return 0;
}
