// What the store does for one commit of a busy daemon, as it is measured: 32 outcomes go in, 32
// claims come out.
#pragma once

#include "rfi/queue/store.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace rfi::bench {

/// The row of every figure: the same as in deployment.py.
inline constexpr const char* kRequested =
    R"(["proof_of_identity.files","proof_of_identity.expiry_date","proof_of_address"])";
inline constexpr const char* kDocuments =
    R"({"proof_of_identity":{"type":"PASSPORT","number":"A12345678","country":"USA",)"
    R"("issue_date":"2020-01-15","expiry_date":"2030-01-15",)"
    R"("files":[{"uri":"/AbAcQ4hn_0652746727637.pdf","side":"FRONT"}]},)"
    R"("proof_of_address":{"type":"UTILITY_BILL","country":"USA",)"
    R"("files":[{"uri":"/AbAcQ4hn_0652746727638.pdf"}]}})";

/// Claims and closes the rows of a queue, its own outcomes in the next commit. The bodies are not
/// built: the allowlist has figures of its own.
class Rounds {
 public:
  static constexpr std::size_t kRows = 32;

  Rounds(const std::filesystem::path& queue, queue::JournalMode journal);

  /// One exchange; returns how many rows it claimed.
  std::size_t run();
  /// Stores the last outcomes. Rows that are left open would be in doubt at the next start.
  void finish();

 private:
  queue::Store store_;
  std::vector<queue::Closing> closings_;
};

/// Puts rows into a queue without triggers and without a sync: `finished` ones that were accepted,
/// `pending` ones in line, and `retrying` ones that are due from an hour from now on, each at
/// another time. Throws queue::SqliteError.
void fill(const std::filesystem::path& queue,
          std::size_t finished,
          std::size_t pending,
          std::size_t retrying);

}  // namespace rfi::bench
