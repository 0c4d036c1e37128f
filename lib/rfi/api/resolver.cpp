#include "rfi/api/resolver.hpp"

#include "rfi/platform/wakeup.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <charconv>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace rfi::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using Result = std::variant<Addresses, ResolveFailure>;

namespace {

Result look_up(const std::string& host, const std::string& port, const std::string& option) {
  asio::io_context context{1};
  tcp::resolver resolver{context};
  boost::system::error_code error;
  const auto found = resolver.resolve(host, port, error);
  if (error) {
    return ResolveFailure{"the name of " + option + " cannot be resolved: " + error.message()};
  }
  Addresses addresses;
  for (const auto& entry : found) {
    addresses.push_back(entry.endpoint());
  }
  return addresses;
}

std::optional<tcp::endpoint> literal_address(const std::string& host, const std::string& port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error || failed != std::errc{} || end != port.data() + port.size()) {
    return std::nullopt;
  }
  return tcp::endpoint{address, number};
}

}  // namespace

/// Shared by the waiting coroutines and the thread. Only the hand-over crosses threads, under
/// `mutex`.
struct Resolver::Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : done(executor) {}

  platform::Wakeup done;         ///< io thread
  std::optional<Result> result;  ///< io thread

  std::mutex mutex;
  bool owner_gone = false;  ///< the io_context may be gone as well: hand nothing over any more
};

Resolver::Resolver(asio::any_io_executor executor,
                   std::string host,
                   std::string port,
                   std::string option)
    : executor_(std::move(executor)),
      host_(std::move(host)),
      port_(std::move(port)),
      option_(std::move(option)) {}

Resolver::~Resolver() {
  if (lookup_) {
    const std::scoped_lock lock{lookup_->mutex};
    lookup_->owner_gone = true;
  }
}

void Resolver::start_lookup() {
  lookup_ = std::make_shared<Lookup>(executor_);
  try {
    run_lookup(lookup_);
  } catch (const std::system_error& error) {
    lookup_->result =
        ResolveFailure{"no thread could be started to resolve " + option_ + ": " + error.what()};
  }
}

void Resolver::run_lookup(const std::shared_ptr<Lookup>& started) {
  // The executor is copied only under the lock: outside it the io_context may already be gone.
  std::thread{[lookup = started, owner = &executor_, host = host_, port = port_, option = option_] {
    Result result = look_up(host, port, option);
    const std::scoped_lock lock{lookup->mutex};
    if (lookup->owner_gone) {
      return;
    }
    asio::post(*owner, [lookup, result = std::move(result)]() mutable {
      lookup->result = std::move(result);
      lookup->done.notify_all();
    });
  }}.detach();
}

asio::awaitable<Result> Resolver::resolve(std::chrono::steady_clock::time_point deadline,
                                          AbortSource& abort) {
  if (const auto address = literal_address(host_, port_)) {
    const Addresses single(1, *address);
    co_return single;
  }
  if (!lookup_ || lookup_->result) {
    start_lookup();
  }
  const std::shared_ptr<Lookup> lookup = lookup_;
  const AbortSource::Registration registration{abort, [&lookup] { lookup->done.notify_all(); }};
  while (!lookup->result && !abort.requested() && std::chrono::steady_clock::now() < deadline) {
    co_await lookup->done.wait_until(deadline);
  }
  if (lookup->result) {
    co_return *lookup->result;
  }
  co_return ResolveFailure{"the name of " + option_ + " was not resolved in time", true};
}

}  // namespace rfi::api
