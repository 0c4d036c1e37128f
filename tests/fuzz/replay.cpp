// Runs a fuzz target over files without libFuzzer: every seed and every input that ever broke a
// promise, with the compiler and the sanitizers of the ordinary builds.
//
// Usage: TARGET FILE_OR_DIRECTORY...
#include "fuzz/fuzz_target.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(const std::vector<std::string>& arguments) {
  std::vector<fs::path> inputs;
  for (const std::string& argument : arguments) {
    if (!fs::is_directory(argument)) {
      inputs.emplace_back(argument);
      continue;
    }
    for (const auto& entry : fs::directory_iterator{argument}) {
      inputs.push_back(entry.path());
    }
  }
  return inputs;
}

void replay(const fs::path& input) {
  // Named before it runs: an input that ends the process is the last one named.
  (void)std::fprintf(stderr, "%s\n", input.c_str());
  std::ifstream file{input, std::ios::binary};
  const std::vector<char> bytes{std::istreambuf_iterator<char>{file}, {}};
  // A copy of its exact size, so that AddressSanitizer sees a read behind its end.
  const std::vector<std::uint8_t> exact{bytes.begin(), bytes.end()};
  (void)LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto inputs = inputs_of({argv + 1, argv + argc});
    if (inputs.empty()) {
      (void)std::fprintf(stderr, "replay: there is no input\n");
      return 64;
    }
    (void)LLVMFuzzerTestOneInput(nullptr, 0);
    for (const fs::path& input : inputs) {
      replay(input);
    }
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "replay: %s\n", error.what());
    return 1;
  }
  return 0;
}
