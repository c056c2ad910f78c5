// Runs a fuzz target where libFuzzer is not available: replays a corpus, then blind mutations of
// it. Nothing guides it: it does not see what code an input reaches. The same seed gives the same
// inputs in the same order.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// In ASan's runtime, called before it ends the program; absent without it.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostBytes = 256 << 10;
// An input that takes longer than this is as bad as one that crashes.
constexpr unsigned kMostSeconds = 30;

struct Options {
  std::string corpus;
  std::string findings;  // The directory for failing inputs; none if empty.
  double seconds = 0;
  uint64_t seed = 1;
};

// The input that runs now, for the signal handlers.
const std::string* g_input = nullptr;
char g_finding[4096] = "";

void KeepInput() {
  if (g_input == nullptr || g_finding[0] == '\0') return;
  const int fd = open(g_finding, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, g_input->data(), g_input->size()) < 0) return;
  close(fd);
  for (const char* text : {"the input is kept in ", static_cast<const char*>(g_finding), "\n"})
    (void)!write(STDERR_FILENO, text, strlen(text));
}

void OnSignal(int number) {
  KeepInput();
  signal(number, SIG_DFL);
  raise(number);
}

void WatchForFailure(const Options& options, const std::string& target) {
  if (!options.findings.empty()) {
    fs::create_directories(options.findings);
    snprintf(g_finding, sizeof(g_finding), "%s/%s-failure-seed-%llu-pid-%d",
             options.findings.c_str(), target.c_str(),
             static_cast<unsigned long long>(options.seed), getpid());
  }
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(KeepInput);
  } else {
    for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) signal(number, OnSignal);
  }
  for (int number : {SIGABRT, SIGALRM}) signal(number, OnSignal);
}

void Run(const std::string& input) {
  g_input = &input;
  alarm(kMostSeconds);
  // The copy lets ASan see a read beyond the end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  alarm(0);
  g_input = nullptr;
}

std::vector<std::string> ReadCorpus(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>* corpus, uint64_t seed)
      : corpus_(*corpus), random_(seed) {}

  std::string Next() {
    std::string input = Pick();
    for (size_t steps = 1 + Below(6); steps > 0; --steps) Step(&input);
    if (input.size() > kMostBytes) input.resize(kMostBytes);
    return input;
  }

 private:
  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& Pick() { return corpus_[Below(corpus_.size())]; }

  void Step(std::string* input) {
    static constexpr unsigned char kBytes[] = {0, 1, 0x7F, 0x80, 0xC0, 0xFF, '/', '.', '"', '\n'};
    const size_t at = Below(input->size() + 1);
    const size_t length = Below(std::min<size_t>(input->size() - at, 32) + 1);
    switch (Below(9)) {
      case 0:  // One bit.
        if (at < input->size()) (*input)[at] = static_cast<char>((*input)[at] ^ (1 << Below(8)));
        return;
      case 1:  // One byte, any.
        if (at < input->size()) (*input)[at] = static_cast<char>(Below(256));
        return;
      case 2:  // One byte, telling.
        if (at < input->size()) (*input)[at] = static_cast<char>(kBytes[Below(std::size(kBytes))]);
        return;
      case 3:
        input->insert(at, 1, static_cast<char>(Below(256)));
        return;
      case 4:
        input->erase(at, length);
        return;
      case 5:  // Again, perhaps often.
        for (size_t times = 1 + Below(Below(8) == 0 ? 64 : 2); times > 0; --times)
          input->insert(at, std::string(*input, at, length));
        return;
      case 6:
        input->resize(at);
        return;
      case 7:
        InsertNumber(input, at);
        return;
      default: {  // A piece of another input.
        const std::string& other = Pick();
        const size_t from = Below(other.size() + 1);
        input->insert(at, other, from, Below(other.size() - from + 1));
      }
    }
  }

  // Replaces bytes by a number near a power of two.
  void InsertNumber(std::string* input, size_t at) {
    const uint64_t value = (uint64_t{1} << Below(64)) - Below(3) + 1;
    const size_t size = size_t{1} << Below(4);
    char bytes[sizeof(value)];
    memcpy(bytes, &value, sizeof(value));
    input->replace(at, std::min(size, input->size() - at), bytes, size);
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

bool ParseOptions(int count, char** arguments, Options* options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i], value = arguments[i + 1];
    if (name == "--corpus") {
      options->corpus = value;
    } else if (name == "--findings") {
      options->findings = value;
    } else if (name == "--seconds") {
      options->seconds = strtod(value.c_str(), nullptr);
    } else if (name == "--seed") {
      options->seed = strtoull(value.c_str(), nullptr, 10);
    } else {
      return false;
    }
  }
  return count % 2 == 1 && !options->corpus.empty();
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  if (!ParseOptions(count, arguments, &options)) {
    fprintf(stderr, "usage: %s --corpus FOLDER [--seconds N] [--seed N] [--findings FOLDER]\n",
            arguments[0]);
    return 2;
  }
  const std::string target = fs::path(arguments[0]).filename().string();
  const std::vector<std::string> corpus = ReadCorpus(options.corpus);
  if (corpus.empty()) {
    fprintf(stderr, "%s: no inputs in %s: nothing was tested\n", target.c_str(),
            options.corpus.c_str());
    return 1;
  }
  WatchForFailure(options, target);
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  for (const std::string& input : corpus) Run(input);
  uint64_t mutations = 0;
  for (Mutator mutator(&corpus, options.seed); Clock::now() < end; ++mutations) Run(mutator.Next());
  printf("%s: %zu replayed, %llu mutated (blindly: not coverage-guided), seed %llu\n",
         target.c_str(), corpus.size(), static_cast<unsigned long long>(mutations),
         static_cast<unsigned long long>(options.seed));
  return 0;
}
