#include "rfi/upload/file_threads.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace rfi::upload {

namespace asio = boost::asio;

namespace {

/// One slow read must not hold up the others; more threads than disks would only fight.
constexpr std::size_t kThreads = 4;

template <class Result>
struct Answer {
  std::exception_ptr error;
  Result result{};

  explicit Answer(std::function<Result()>& work) {
    try {
      result = work();
    } catch (...) {
      error = std::current_exception();
    }
  }
};

/// Runs `work` on the pool and completes at home. A class with a constructor, because GCC 12
/// destroys capturing lambdas twice in expressions that await.
template <class Result>
class Crossing {
 public:
  Crossing(asio::thread_pool& pool, asio::any_io_executor home, std::function<Result()> work)
      : pool_(&pool), home_(std::move(home)), work_(std::move(work)) {}

  template <class Handler>
  void operator()(Handler handler) {
    asio::post(*pool_,
               [guard = asio::make_work_guard(home_),
                work = std::move(work_),
                handler = std::move(handler)]() mutable {
                 Answer<Result> answer(work);
                 asio::post(guard.get_executor(),
                            [handler = std::move(handler), answer = std::move(answer)]() mutable {
                              std::move(handler)(answer.error, std::move(answer.result));
                            });
               });
  }

 private:
  asio::thread_pool* pool_;
  asio::any_io_executor home_;
  std::function<Result()> work_;
};

template <class Result>
asio::awaitable<Result> run_there(asio::thread_pool& pool,
                                  asio::any_io_executor home,
                                  std::function<Result()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Result)>(
      Crossing<Result>(pool, std::move(home), std::move(work)), asio::use_awaitable);
}

using Count = std::variant<std::size_t, FileFault>;

/// The bytes that were hashed, at hand.
class KeptSource final : public FileSource {
 public:
  explicit KeptSource(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_->size(); }
  [[nodiscard]] const std::optional<FileFault>& fault() const override { return none_; }

  asio::awaitable<std::optional<std::size_t>> read(std::span<char> buffer) override {
    const std::size_t count = bytes_->copy(buffer.data(), buffer.size(), handed_out_);
    handed_out_ += count;
    co_return count;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
  std::size_t handed_out_ = 0;
  std::optional<FileFault> none_;
};

/// The reader lives on the pool's threads, one read at a time.
class PooledSource final : public FileSource {
 public:
  PooledSource(asio::thread_pool& pool,
               asio::any_io_executor home,
               std::shared_ptr<const Settings> settings,
               FileName name,
               Survey expected)
      : pool_(pool),
        home_(std::move(home)),
        reading_(
            std::make_shared<Reading>(std::move(settings), std::move(name), std::move(expected))) {}

  [[nodiscard]] std::uint64_t size() const override { return reading_->expected.size; }
  [[nodiscard]] const std::optional<FileFault>& fault() const override { return fault_; }

  asio::awaitable<std::optional<std::size_t>> read(std::span<char> buffer) override {
    std::function<Count()> work = [reading = reading_, buffer] { return reading->read(buffer); };
    Count count = co_await run_there(pool_, home_, std::move(work));
    if (auto* fault = std::get_if<FileFault>(&count)) {
      fault_ = std::move(*fault);
      co_return std::nullopt;
    }
    co_return std::get<std::size_t>(count);
  }

 private:
  struct Reading {
    Reading(std::shared_ptr<const Settings> with, FileName of, Survey known)
        : settings(std::move(with)), name(std::move(of)), expected(std::move(known)) {}

    Count read(std::span<char> buffer) {
      if (!reader) {
        auto opened = DocumentReader::open(*settings, name, expected);
        if (auto* fault = std::get_if<FileFault>(&opened)) {
          return std::move(*fault);
        }
        reader.emplace(std::get<DocumentReader>(std::move(opened)));
      }
      return reader->read(buffer);
    }

    std::shared_ptr<const Settings> settings;
    FileName name;
    Survey expected;
    std::optional<DocumentReader> reader;
  };

  asio::thread_pool& pool_;
  asio::any_io_executor home_;
  std::shared_ptr<Reading> reading_;
  std::optional<FileFault> fault_;
};

}  // namespace

FileThreads::FileThreads(asio::any_io_executor home, Settings settings)
    : home_(std::move(home)),
      settings_(std::make_shared<const Settings>(std::move(settings))),
      pool_(kThreads) {}

FileThreads::~FileThreads() {
  pool_.join();
}

void FileThreads::configure(Settings settings) {
  settings_ = std::make_shared<const Settings>(std::move(settings));
}

asio::awaitable<std::variant<Survey, FileFault>> FileThreads::survey(FileName name) {
  return run_there<std::variant<Survey, FileFault>>(
      pool_, home_, [settings = settings_, kept = kept_, name = std::move(name)] {
        return survey_file(*settings, name, kept.get());
      });
}

std::unique_ptr<FileSource> FileThreads::source(FileName name, Survey expected) {
  if (expected.bytes) {
    return std::make_unique<KeptSource>(std::move(expected.bytes));
  }
  return std::make_unique<PooledSource>(
      pool_, home_, settings_, std::move(name), std::move(expected));
}

void FileThreads::remove(FileName name,
                         std::string sha256,
                         std::function<void(const std::optional<FileFault>&)> done) {
  asio::post(pool_,
             [home = home_,
              alive = std::weak_ptr(alive_),
              settings = settings_,
              name = std::move(name),
              sha256 = std::move(sha256),
              done = std::move(done)]() mutable {
               std::optional<FileFault> fault;
               const auto found = survey_file(*settings, name);
               const auto* survey = std::get_if<Survey>(&found);
               if (survey != nullptr && survey->sha256 == sha256) {
                 fault = remove_file(*settings, name, survey->size);
               } else {
                 fault = FileFault{FileFault::Whose::file,
                                   survey != nullptr ? "another file has taken its place"
                                                     : std::get<FileFault>(found).reason};
               }
               asio::post(home, [alive, fault = std::move(fault), done = std::move(done)] {
                 if (!alive.expired() && done) {
                   done(fault);
                 }
               });
             });
}

}  // namespace rfi::upload
