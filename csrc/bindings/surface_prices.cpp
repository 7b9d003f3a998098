// What people say to a venue about the prices it makes itself: sources, samples, funding.
#include "bindings/surface.hpp"
#include "units/ids.hpp"

namespace delever {
inline namespace v1 {
namespace {

using py::arg;
using Object = py::object;

constexpr const char* source_doc =
    R"(Hear a price elsewhere: of the index ("index"), or of another venue's perpetual ("venue").

`source` is a number from 0 to 15; a `weight` of 0 says that the source is gone. The index is made
of the fresh sources by the rulebook's rule when the point closes; `hold` as in `set_index`.

Examples
--------
>>> import delever as dl
>>> venue = dl.Venue([dl.rulebook("binance-um").instrument("BTCUSDT")])
>>> heard = [venue.set_source(0, at, price, weight=3 - at) for at, price in enumerate((100, 106))]
>>> venue.mark(0)
Decimal('102.4')
)";

constexpr const char* funding_doc =
    R"(Settle funding at a rate per interval; longs pay shorts when it is positive.

Where no rate is given, it is the venue's own: what the rulebook makes of the premium since the last
settlement.
)";

Object e8() { return py::module_::import("decimal").attr("Decimal")("1e-8"); }

Object set_source(const VenueSurface& venue, const Object& instrument, const Object& source,
                  const Object& price, const Object& weight, const Object& board, bool hold) {
  const Object boards = named("reference.price_words", "SourceBoard");
  return Saying(venue, CommandKind::UpdateSource)
      .on(instrument)
      .account(source)
      .price(price)
      .whole(&Command::qty_lots, "weight", weight)
      .whole(&Command::side, "board", named("reference.order_words", "choice")(boards, board))
      .hold(hold)
      .done();
}

Object sample_mark(const VenueSurface& venue, const Object& instrument, bool hold) {
  Saying saying(venue, CommandKind::SampleMark);
  saying.record().instrument = every_instrument;
  if (!instrument.is_none()) saying.on(instrument);
  return saying.hold(hold).done();
}

Object settle_funding(const VenueSurface& venue, const Object& instrument, const Object& rate) {
  const bool is_own = rate.is_none();
  Saying saying(venue, is_own ? CommandKind::SettleOwnFunding : CommandKind::SettleFunding);
  saying.on(instrument);
  if (!is_own)
    saying.record().amount_atoms =
        named("units", "to_steps")(rate, e8(), "funding rate").cast<std::int64_t>();
  return saying.done();
}

Object own_funding_rate(const VenueSurface& venue, const Object& instrument) {
  const Object found = venue.core().attr("funding")(venue.id_of(instrument));
  return Object(found[py::int_(3)]) * e8();
}

}  // namespace

void define_own_prices(SurfaceClass& venue) {
  venue
      .def("set_source", &set_source, arg("instrument"), arg("source"), arg("price"), py::kw_only(),
           arg("weight") = 1, arg("board") = "index", arg("hold") = false, source_doc)
      .def("sample_mark", &sample_mark, arg("instrument") = py::none(), py::kw_only(),
           arg("hold") = false,
           "Mark an instrument, or all that have an index, anew; `hold` as in `set_index`.")
      .def("settle_funding", &settle_funding, arg("instrument"), arg("rate") = py::none(),
           funding_doc)
      .def("own_funding_rate", &own_funding_rate, arg("instrument"),
           "Return the rate of one interval that the samples of the premium make so far.");
}

}  // namespace v1
}  // namespace delever
