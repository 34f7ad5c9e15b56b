"""Values portfolios as the contract says, independently of folio.

Reads one JSON document a line from standard input: `{portfolio, policy, max_age, frozen, entries,
references, as_of}` in the forms in which folio stores them. Answers each with a line of fields separated
by tabulators: the totals, then every row in the order of the holdings. What is not known is `null`.

Other programs import `Valuation` and take what its `value` gives, which holds more than the line.
"""

import json
import sys
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, getcontext

from decimal_oracle import LIMIT, fit, half_even

HOUR = 3600
ONE, ZERO = Decimal(1), Decimal(0)
WINDOW = 600
CARRY = {"crypto": 24 * HOUR, "stock": 96 * HOUR, "currency": 168 * HOUR, "custom": 96 * HOUR}
MARKET = {"crypto": 24 * HOUR, "stock": 360 * HOUR, "currency": 168 * HOUR, "custom": None}
# The fields of a row that are in the line.
TOLD = (
    "state", "reason", "price", "fx", "value", "cost", "cost_reason", "gain", "gain%", "weight%",
)

# 28 digits of which the last stands at most 28 places behind the point. What such an operation can do
# exactly is exact in folio too; what it cannot, it refuses, and `fit` decides.
EXACT = Context(prec=28, Emin=-1, Emax=27, clamp=0, traps=[Inexact, Overflow, InvalidOperation])
getcontext().prec = 200


class OutOfRange(Exception):
    pass


def whole(value: Decimal) -> int:
    """VALUE times 10**28, which is an integer for every decimal that folio has."""
    return int(value.scaleb(28))


def fitted(numerator: int, denominator: int) -> Decimal:
    answer = fit(numerator, denominator)
    if answer == "out_of_range":
        raise OutOfRange
    return Decimal(answer)


def mul(a: Decimal, b: Decimal) -> Decimal:
    try:
        return EXACT.multiply(a, b)
    except (Inexact, Overflow, InvalidOperation):
        return fitted(whole(a) * whole(b), 10**56)


def div(a: Decimal, b: Decimal) -> Decimal:
    try:
        return EXACT.divide(a, b)
    except (Inexact, Overflow, InvalidOperation):
        return fitted(whole(a), whole(b))


def add(a: Decimal, b: Decimal) -> Decimal:
    try:
        return EXACT.add(a, b)
    except (Inexact, Overflow, InvalidOperation):
        return fitted(whole(a) + whole(b), 10**28)


def percent(part: Decimal, of: Decimal) -> Decimal | None:
    """100 x PART / OF to four decimals; None of nothing, and if it is too large for a decimal."""
    if not of:
        return None
    numerator, denominator = whole(part), whole(of)
    digits = half_even(abs(numerator) * 10**6, abs(denominator))
    if digits >= LIMIT:
        return None
    return Decimal(-digits if (numerator < 0) != (denominator < 0) else digits).scaleb(-4)


def shown(value) -> str:
    if value is None:
        return "null"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return str(value)


class Quoted:
    """An entry of the book, with ages in seconds at the instant of the valuation."""

    def __init__(self, entry: dict, as_of: float) -> None:
        quote = entry.get("quote")
        self.state = entry["state"]
        self.reason = (entry.get("failure") or {}).get("reason")
        self.price = Decimal(quote["price"]["amount"]) if quote else None
        self.currency = quote["price"]["currency"] if quote else None
        # Who said it and the market's time of it, as text.
        self.origin = (quote["source"], quote["as_of"]) if quote else (None, None)
        self.age = as_of - instant(quote["as_of"]) if quote else None
        self.fetched_ago = as_of - instant(quote["fetched_at"]) if quote else None


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Valuation:
    def __init__(self, question: dict) -> None:
        self.as_of = question["as_of"]
        as_of = instant(self.as_of)
        self.base = question["portfolio"]["base_currency"]
        self.policy, self.max_age = question["policy"], question["max_age"]
        self.frozen = question["frozen"]
        self.assets: dict[str, Quoted] = {}
        self.legs: dict[tuple[str, str], Quoted] = {}
        for entry in question["entries"]:
            asset_class, symbol = entry["key"]["asset"].split(":")
            if asset_class == "currency":
                self.legs[symbol, entry["key"]["currency"]] = Quoted(entry, as_of)
            else:
                self.assets[entry["key"]["asset"]] = Quoted(entry, as_of)
        self.paid = {
            (rate["currency"], rate["date"]): Decimal(rate["per_euro"])
            for rate in question["references"]
            if rate["published_on"] <= rate["date"]
        }
        self.conversions: dict[str, tuple | str] = {}

    def refusal(self, quoted: Quoted, asset_class: str) -> str | None:
        if quoted.age < -WINDOW:
            return "later"
        limit = MARKET[asset_class]
        if limit is not None and quoted.age > limit:
            return "outdated"
        if quoted.state == "carried":
            if self.policy != "carry_forward":
                return "not carried"
            limit = CARRY[asset_class] if self.max_age is None else self.max_age
            if quoted.fetched_ago > limit:
                return "not carried"
        return None

    def legs_of(self, currency: str, accepted: tuple[str | None, ...]):
        """The rate into the base currency as legs to multiply with and legs to divide by."""

        def leg(a: str, b: str) -> Quoted | None:
            quoted = self.legs.get((a, b))
            if quoted is None or not quoted.price:
                return None
            return quoted if self.refusal(quoted, "currency") in accepted else None

        if direct := leg(currency, self.base):
            return direct, None
        if inverse := leg(self.base, currency):
            return None, inverse
        to, of = leg("EUR", self.base), leg("EUR", currency)
        return (to, of) if to and of else None

    def conversion(self, currency: str) -> tuple | str:
        """`(rate, state, reason, origin)` into the base currency, or why there is none."""
        if currency not in self.conversions:
            self.conversions[currency] = self.new_conversion(currency)
        return self.conversions[currency]

    def new_conversion(self, currency: str) -> tuple | str:
        legs = self.legs_of(currency, (None,))
        if legs is None:
            return "no_rate"
        to, of = legs
        try:
            rate = div(to.price if to else ONE, of.price) if of else to.price
        except OutOfRange:
            return "out_of_range"
        if not rate:
            return "out_of_range"
        legs = [leg for leg in legs if leg]
        sources = list(dict.fromkeys(leg.origin[0] for leg in legs))
        older = max(legs, key=lambda leg: leg.age)
        origin = ("+".join(sources), older.origin[1])
        for leg in legs:
            if leg.state == "carried":
                return rate, "carried", leg.reason, origin
        return rate, "priced", None, origin

    def why_no_currency(self, currency: str) -> str:
        pairs = [(currency, self.base), (self.base, currency), ("EUR", currency)]
        if self.frozen and not any(pair in self.legs for pair in pairs):
            return "not_in_book"
        return "outdated" if self.legs_of(currency, (None, "outdated")) else "no_rate"

    def cost(self, holding: dict, quantity: Decimal) -> tuple[Decimal | None, str | None]:
        if holding["cost"] is None:
            return None, None
        [(form, paid)] = holding["cost"].items()
        try:
            amount = Decimal(paid["amount"])
            if form == "unit":
                amount = mul(amount, quantity)
            if paid["currency"] == self.base:
                return amount, None
            date = holding["acquired_on"]
            if date is None:
                return None, "no_date"
            to, of = (
                ONE if currency == "EUR" else self.paid.get((currency, date))
                for currency in (self.base, paid["currency"])
            )
            if not to or not of:
                return None, "no_rate"
            rate = div(to, of)
            if not rate:
                return None, "out_of_range"
            return mul(amount, rate), None
        except OutOfRange:
            return None, "out_of_range"

    def row(self, holding: dict) -> dict:
        quantity = Decimal(holding["quantity"])
        cost, cost_reason = self.cost(holding, quantity)
        row = {
            "state": "unpriced", "reason": None, "price": None, "fx": None, "value": None, "cost": cost,
            "cost_reason": cost_reason, "gain": None, "gain%": None, "weight%": None,
            "origin": (None, None), "fx_origin": (None, None),
        }
        asset_class, symbol = holding["asset"].split(":")
        if asset_class == "currency":
            price, currency, state = ONE, symbol, "priced"
            if symbol == self.base:
                row["origin"] = (None, self.as_of)
        else:
            quoted = self.assets.get(holding["asset"])
            if quoted is None:
                row["reason"] = "not_in_book" if self.frozen else "no_data"
                return row
            row["reason"] = quoted.reason
            if quoted.state == "unpriced":
                return row
            refusal = self.refusal(quoted, asset_class)
            if refusal == "later":
                row["reason"] = "no_data"
                return row
            price, currency, state = quoted.price, quoted.currency, quoted.state
            row["origin"] = quoted.origin
            if refusal:
                row["price"] = f"{shown(price)}:{currency}"
                row["reason"] = "outdated" if refusal == "outdated" else quoted.reason
                return row
        row["price"] = f"{shown(price)}:{currency}"
        try:
            value = mul(quantity, price)
            if currency != self.base:
                conversion = self.conversion(currency)
                if isinstance(conversion, str):
                    row["reason"] = conversion
                    if asset_class == "currency" and conversion == "no_rate":
                        row["reason"] = self.why_no_currency(currency)
                    return row
                row["fx"], rate_state, rate_reason, row["fx_origin"] = conversion
                if asset_class == "currency":
                    row["origin"] = row["fx_origin"]
                if rate_state == "carried" and state == "priced":
                    state, row["reason"] = "carried", rate_reason
                value = mul(value, row["fx"])
        except OutOfRange:
            row["reason"] = "out_of_range"
            return row
        row["state"], row["value"] = state, value
        return row

    def answer(self, holdings: list[dict]) -> str:
        totals, rows = self.value(holdings)
        fields = [*totals, *(row[name] for row in rows for name in TOLD)]
        return "\t".join(map(shown, fields))

    def value(self, holdings: list[dict]) -> tuple[tuple, list[dict]]:
        """The totals in the order of the line, and the rows."""
        rows = [self.row(holding) for holding in holdings]
        total, with_cost, cost, gain, excluded = ZERO, None, None, None, None
        for row in rows:
            if row["value"] is not None:
                try:
                    total = add(total, row["value"])
                except OutOfRange:
                    row.update(value=None, state="unpriced", reason="out_of_range")
            if row["cost"] is None:
                continue
            try:
                if row["value"] is None:
                    excluded = add(excluded or ZERO, row["cost"])
                    continue
                own = add(row["value"], -row["cost"])
                value_sum = add(with_cost or ZERO, row["value"])
                cost_sum = add(cost or ZERO, row["cost"])
                gain = add(value_sum, -cost_sum)
                with_cost, cost = value_sum, cost_sum
                row["gain"], row["gain%"] = own, percent(own, abs(row["cost"]))
            except OutOfRange:
                row.update(cost=None, cost_reason="out_of_range")
        counts = {
            state: sum(row["state"] == state for row in rows)
            for state in ("priced", "carried", "unpriced")
        }
        status = "complete"
        if counts["unpriced"]:
            everything = counts["unpriced"] == len(rows)
            status = "unavailable" if everything or self.policy == "strict" else "partial"
        by_cost = None
        try:
            by_cost = percent(cost or ZERO, add(cost or ZERO, excluded or ZERO))
        except OutOfRange:
            pass
        if not counts["unpriced"]:
            excluded = ZERO
        if status == "unavailable":
            total = with_cost = cost = gain = None
        elif total > 0:
            for row in rows:
                if row["value"] is not None:
                    row["weight%"] = percent(row["value"], total)
        gain_percent = percent(gain, abs(cost)) if cost is not None else None
        without_cost = sum(row["cost"] is None for row in rows)
        totals = (
            status, total, with_cost, cost, gain, gain_percent, excluded, counts["priced"],
            counts["carried"], counts["unpriced"], without_cost, by_cost,
        )
        return totals, rows


def main() -> None:
    for line in sys.stdin:
        question = json.loads(line)
        print(Valuation(question).answer(question["portfolio"]["holdings"]))


if __name__ == "__main__":
    main()
