// A book of real positions on its way into a venue: one account per holder, margins as they were.
//
// Isolated rows keep their margin, cross rows are backed by their holder's wallet (where no wallets
// are known, by their own margin paid into it). Amounts are in the currency the contract settles
// in. Owns nothing but the two tables that turn a holder's code (0, 1, 2, ...) into an account and
// back. Per row: the account is opened with its wallet and the row's margin (or topped up by it),
// leverage is the largest whole number whose initial margin the row's margin covers, the position
// is seeded against a hedger at leverage 1, and what margin is left over is added to it. So the
// venue's own checks decide what can exist: a row it refuses is counted by its reason, and its
// money stays in the account. Prices and quantities are rounded to the nearest tick and lot: half a
// tick of entry moves a threshold by about as much. Invariant: every loaded account is older than
// any that the run opens later. Costs two to four commands a row, about 0.4 us; 8 bytes a row
// beside the venue's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/desk.hpp"
#include "sim/hedgers.hpp"
#include "sim/stress_units.hpp"
#include "venue/reject.hpp"

namespace delever {
inline namespace v1 {

constexpr std::size_t reject_reasons = reject_reason_max + 1;

/// Columns of equal length; an empty one is not known. Money and prices in USD, quantities in
/// coins.
struct StressColumns {
  std::span<const std::int64_t> holder;  ///< codes without gaps, by first appearance
  std::span<const std::int64_t> instrument;
  std::span<const double> qty;  ///< signed: long > 0
  std::span<const double> entry_price;
  std::span<const double> leverage;
  std::span<const double> margin;  ///< wins over leverage where it is > 0
  std::span<const double> wallet;  ///< of the holder, beside all margins; read at its first row
  std::span<const std::int64_t> cross;  ///< 1: backed by the wallet; empty: all isolated
};

class StressBook {
 public:
  StressBook(Desk& desk, std::vector<Hedgers>& hedgers, std::span<const StressUnits> units);

  /// Loads the rows; their values are finite and in range (the caller has looked).
  void load(const StressColumns& rows);

  bool owns(AccountId account) const {
    return account >= first_account_ && account - first_account_ < holders_.size() &&
           holders_[account - first_account_] != nobody;
  }
  std::int64_t holder_of(AccountId account) const { return holders_[account - first_account_]; }

  std::int64_t rows() const { return rows_; }
  std::int64_t loaded() const { return loaded_; }
  /// Rows refused, by RejectReason.
  const std::array<std::int64_t, reject_reasons>& refused() const { return refused_; }
  std::int64_t first_refused_row() const { return first_refused_row_; }
  /// Loaded notional at entry, in USD: [instrument][long, short].
  const std::vector<std::array<double, 2>>& notional_usd() const { return notional_usd_; }

 private:
  static constexpr std::uint32_t nobody = no_index;

  struct Row {
    std::size_t at = 0;
    InstrumentId instrument = 0;
    Side side = Side::Buy;
    std::int64_t lots = 0;
    std::int64_t price_ticks = 0;
    std::int64_t margin_atoms = 0;
    std::int64_t leverage = 0;
    bool cross = false;
  };

  RejectReason load_row(const StressColumns& rows, std::size_t at);
  RejectReason size(const StressColumns& rows, Row& row) const;
  RejectReason back(const StressColumns& rows, Row& row) const;
  RejectReason set_modes(AccountId account, const Row& row);
  AccountId account_of(std::int64_t holder, std::int64_t wallet_atoms, std::int64_t margin_atoms);
  void remember(AccountId account, std::int64_t holder);

  Desk& desk_;
  std::vector<Hedgers>& hedgers_;
  std::vector<StressUnits> units_;
  AccountId first_account_;
  std::vector<std::uint32_t> accounts_;  ///< by holder
  std::vector<std::uint32_t> holders_;   ///< by account - first_account_; hedgers: nobody
  std::int64_t rows_ = 0;
  std::int64_t loaded_ = 0;
  std::int64_t first_refused_row_ = -1;
  std::array<std::int64_t, reject_reasons> refused_{};
  std::vector<std::array<double, 2>> notional_usd_;
};

}  // namespace v1
}  // namespace delever
