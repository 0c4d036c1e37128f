// Never built. Every form that GCC 12 miscompiles, so that the check is known to see them.
#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>

namespace asio = boost::asio;

struct Request {
  std::string target;
  int number = 0;
};

asio::awaitable<int> send(Request request);
asio::awaitable<std::string> text();
template <class Function>
asio::awaitable<int> call(Function function);

asio::awaitable<int> lambda_in_await(std::string captured) {
  co_return co_await call([captured] { return captured.size(); });
}

asio::awaitable<int> braces_in_await() { co_return co_await send({"target", 1}); }

asio::awaitable<std::string> ternary_await(bool flag) {
  std::string result = flag ? co_await text() : std::string{};
  co_return result;
}

asio::awaitable<Request> await_in_braces() {
  Request request{co_await text(), 1};
  co_return request;
}
