// A TCP stream that counts the bytes the kernel has taken. It lies under TLS, where "0 bytes" is a
// proof.
#pragma once

#include <boost/asio/compose.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <cstddef>
#include <utility>

namespace rfi::api {

class CountingStream : public boost::beast::tcp_stream {
 public:
  using Base = boost::beast::tcp_stream;
  using Base::Base;

  /// Bytes taken by the kernel since start_counting().
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  void start_counting() { accepted_ = 0; }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    using Signature = void(boost::system::error_code, std::size_t);
    return boost::asio::async_compose<Token, Signature>(
        [this, buffers, started = false](
            auto& self, boost::system::error_code error = {}, std::size_t written = 0) mutable {
          if (!started) {
            started = true;
            Base::async_write_some(buffers, std::move(self));
            return;
          }
          accepted_ += written;
          self.complete(error, written);
        },
        token,
        *this);
  }

 private:
  std::size_t accepted_ = 0;
};

}  // namespace rfi::api
