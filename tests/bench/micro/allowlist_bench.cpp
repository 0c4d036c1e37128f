// The allowlist on the row of the other figures and on one with many documents.
#include "rounds.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/leaf_check.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace rfi::bench {
namespace {

/// An RFI for files of a company's `count` documents, of which the producer holds more than asked.
struct Case {
  std::string requested;
  std::string documents;
};

Case usual() {
  return {kRequested, kDocuments};
}

Case company(std::int64_t count) {
  Case made{"[", R"({"supporting_documents":[)"};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    const std::string type = "TYPE_" + std::to_string(i);
    made.requested += comma + "\"supporting_documents[" + type + "].files\"";
    made.documents += comma + R"({"type":")" + type +
                      R"(","number":"A1","note":"stays here","files":[{"uri":"/AbAcQ4hn_0.pdf"}]})";
  }
  made.requested += "]";
  made.documents += "]}";
  return made;
}

void project(benchmark::State& state, const Case& rfi) {
  const allowlist::Settings settings;
  for (auto _ : state) {
    auto projected = allowlist::project(rfi.requested, rfi.documents, settings);
    if (projected.refusal) {
      throw std::runtime_error(*projected.refusal);
    }
    benchmark::DoNotOptimize(projected);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(rfi.documents.size()));
}

void check_leaves(benchmark::State& state, const Case& rfi) {
  const allowlist::Settings settings;
  const auto body = allowlist::project(rfi.requested, rfi.documents, settings).body;
  for (auto _ : state) {
    auto uncovered = allowlist::uncovered_leaves(body, rfi.requested, settings);
    if (!uncovered.empty()) {
      throw std::runtime_error(uncovered.front());
    }
    benchmark::DoNotOptimize(uncovered);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void projection(benchmark::State& state) {
  project(state, usual());
}
void projection_of_a_company(benchmark::State& state) {
  project(state, company(state.range(0)));
}
void leaf_check(benchmark::State& state) {
  check_leaves(state, usual());
}
void leaf_check_of_a_company(benchmark::State& state) {
  check_leaves(state, company(state.range(0)));
}

BENCHMARK(projection);
BENCHMARK(projection_of_a_company)->Arg(10)->Arg(100);
BENCHMARK(leaf_check);
BENCHMARK(leaf_check_of_a_company)->Arg(10)->Arg(100);

}  // namespace
}  // namespace rfi::bench
