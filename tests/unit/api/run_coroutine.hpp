// Runs one coroutine to its end, with a limit, and hands its value out.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rfi::test {

template <class Value>
boost::asio::awaitable<void> keep_value(boost::asio::awaitable<Value> from,
                                        std::optional<Value>& into) {
  into.emplace(co_await std::move(from));
}

/// Errors: throws what the coroutine throws, and std::runtime_error if it does not end within five
/// seconds.
template <class Value>
Value run_coroutine(boost::asio::io_context& io, boost::asio::awaitable<Value> coroutine) {
  std::optional<Value> value;
  std::exception_ptr thrown;
  bool ended = false;
  boost::asio::co_spawn(
      io, keep_value(std::move(coroutine), value), [&](const std::exception_ptr& error) {
        thrown = error;
        ended = true;
      });
  io.restart();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (!ended && std::chrono::steady_clock::now() < end) {
    io.run_one_until(end);
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (!ended) {
    throw std::runtime_error("the coroutine has not ended");
  }
  return std::move(*value);
}

}  // namespace rfi::test
