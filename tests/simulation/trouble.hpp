// What may go wrong between the daemon and the API, as a table.
#pragma once

#include "rfi/policy/attempt_result.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace rfi::simulation {

enum class Trouble {
  none,
  refused,
  unreachable,
  dns,
  tls,
  connect_timeout,
  token_refused,
  token_unavailable,
  hang,  ///< sent, and no answer comes
  reset,
  cut_off,
  portal,  ///< 200 and a page
  redirect,
  server_error,
  throttled,
  conflict,
  unauthorized,
  forbidden,
  not_found,
  bad_request
};

/// How it looks from the daemon's side.
enum class Symptom { none, not_sent, lost, page, answer };

struct TroubleFacts {
  Trouble trouble = Trouble::none;
  Symptom symptom = Symptom::none;
  policy::Phase phase = policy::Phase::read;
  std::string_view text;  ///< the class of the failure, or the answer's body
  unsigned status = 0;
  bool is_certain = false;  ///< nobody can take it for a row's fault
  bool may_arrive = false;  ///< the provider may get to see the request nevertheless
  bool may_ask_for_pause = false;
};

inline constexpr std::array kTroubles = {
    TroubleFacts{},
    TroubleFacts{Trouble::refused, Symptom::not_sent, policy::Phase::connect, "refused", 0, true},
    TroubleFacts{
        Trouble::unreachable, Symptom::not_sent, policy::Phase::connect, "unreachable", 0, true},
    TroubleFacts{Trouble::dns, Symptom::not_sent, policy::Phase::resolve, "dns", 0, true},
    TroubleFacts{Trouble::tls, Symptom::not_sent, policy::Phase::handshake, "tls_verify", 0, true},
    TroubleFacts{Trouble::connect_timeout, Symptom::not_sent, policy::Phase::connect, "timeout"},
    TroubleFacts{
        Trouble::token_refused, Symptom::not_sent, policy::Phase::token, "token_refused", 0, true},
    TroubleFacts{Trouble::token_unavailable,
                 Symptom::not_sent,
                 policy::Phase::token,
                 "token_unavailable",
                 0,
                 true},
    TroubleFacts{Trouble::hang, Symptom::lost, policy::Phase::read, "timeout", 0, false, true},
    TroubleFacts{Trouble::reset, Symptom::lost, policy::Phase::read, "reset", 0, false, true},
    TroubleFacts{Trouble::cut_off, Symptom::lost, policy::Phase::read, "cut_off", 0, false, true},
    TroubleFacts{Trouble::portal, Symptom::page, policy::Phase::read, "<html>Sign in", 200},
    TroubleFacts{Trouble::redirect, Symptom::page, policy::Phase::read, "<html>Moved", 302},
    TroubleFacts{Trouble::server_error,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"status":503,"message":"Service Unavailable"})",
                 503,
                 false,
                 true,
                 true},
    TroubleFacts{Trouble::throttled,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"message":"Too many requests"})",
                 429,
                 false,
                 false,
                 true},
    TroubleFacts{Trouble::conflict,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"error":{"code":"conflict","message":"one at a time"}})",
                 409,
                 false,
                 false,
                 true},
    TroubleFacts{Trouble::unauthorized,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"message":"Authentication failed"})",
                 401},
    TroubleFacts{Trouble::forbidden,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"message":"Forbidden"})",
                 403},
    TroubleFacts{Trouble::not_found,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"message":"no Route matched with those values"})",
                 404},
    TroubleFacts{Trouble::bad_request,
                 Symptom::answer,
                 policy::Phase::read,
                 R"({"message":"Bad Request"})",
                 400}};

[[nodiscard]] constexpr const TroubleFacts& facts_of(Trouble trouble) {
  return kTroubles.at(static_cast<std::size_t>(trouble));
}

}  // namespace rfi::simulation
