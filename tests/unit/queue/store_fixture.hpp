// A store on a real file whose bodies are the documents themselves, and the words to talk to it.
#pragma once

#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/store.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace rfi::queue::test {

using namespace std::chrono_literals;

class StoreTest : public QueueTest {
 protected:
  StoreTest();

  /// `documents` holding "bad" cannot be sent; everything else goes as it is. `while_preparing_`
  /// runs first.
  [[nodiscard]] StoreOptions options();
  Store& store();
  /// As after a crash: the old store is dropped without a word and a new one opened.
  void restart();

  ExchangeResult exchange(std::size_t limit, std::vector<Closing> closings = {});
  /// References of the rows that one exchange claims.
  std::vector<std::string> claim(std::size_t limit);
  static std::vector<std::string> references(const ExchangeResult& result);
  [[nodiscard]] static Closing accepted(const Claim& claim);
  [[nodiscard]] Closing retry(const Claim& claim,
                              policy::Outcome outcome,
                              std::chrono::milliseconds delay) const;

  std::string state(const std::string& reference);
  std::string field(const std::string& column, const std::string& reference);

  UtcTime now_ = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  ClaimLimits limits_;
  std::function<void(const Candidate&)> while_preparing_;
  Producer producer_{path()};
  std::unique_ptr<Store> store_;
};

}  // namespace rfi::queue::test
