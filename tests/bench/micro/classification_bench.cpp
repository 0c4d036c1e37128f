// What one answer means: accepted, refused with the API's words, cut off.
#include "rfi/policy/outcome.hpp"

#include <benchmark/benchmark.h>

namespace rfi::bench {
namespace {

void classify(benchmark::State& state, const policy::AttemptResult& result) {
  for (auto _ : state) {
    auto verdict = policy::classify(result);
    benchmark::DoNotOptimize(verdict);
  }
}

void classify_accepted(benchmark::State& state) {
  policy::Response response;
  response.status = 200;
  response.payload = policy::Payload::json_object;
  response.body = R"({"data":{"customer_id":"ed54db74-7dbe-47d2-8ea0-c2bf2a9dda06"}})";
  classify(state, response);
}

void classify_refused(benchmark::State& state) {
  policy::Response response;
  response.status = 422;
  response.body = R"({"message":"unexpected field","data":{"proof_of_identity.number":"extra"}})";
  classify(state, response);
}

void classify_cut_off(benchmark::State& state) {
  policy::TransportFailure failure;
  failure.phase = policy::Phase::read;
  failure.bytes_left = policy::BytesLeft::yes;
  failure.error = "timeout";
  failure.detail = "no answer within 30 s";
  classify(state, failure);
}

BENCHMARK(classify_accepted);
BENCHMARK(classify_refused);
BENCHMARK(classify_cut_off);

}  // namespace
}  // namespace rfi::bench
