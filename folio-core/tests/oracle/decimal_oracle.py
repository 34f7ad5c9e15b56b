"""Says what folio's decimal arithmetic has to answer, in exact integers.

Reads one operation a line from standard input, all lines before it answers, and writes one answer a
line. A decimal operand is `DIGITS:SCALE`, worth DIGITS / 10**SCALE. The operations:

    add A B, sub A B, mul A B, div A B, percent PART WHOLE, round A DECIMALS, parse TEXT, text A

An answer is a plain decimal text, `none`, `invalid_input` or `out_of_range`.
"""

import re
import sys
from decimal import Decimal, localcontext

LIMIT = 2**96
MAX_SCALE = 28
MAX_DIGITS = 28
NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?", re.ASCII)


def half_even(numerator: int, denominator: int) -> int:
    """The quotient of two numbers that are not negative, rounded half to even."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient


def text(digits: int, scale: int) -> str:
    """DIGITS / 10**SCALE in plain notation, by Python's own decimals."""
    if digits == 0:
        return "0"
    with localcontext() as context:
        context.prec = 400
        plain = format(Decimal(digits).scaleb(-scale), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def fit(numerator: int, denominator: int) -> str:
    """The rule: half to even at the greatest number of decimals whose digits are below 2**96."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    sign, numerator = (-1, -numerator) if numerator < 0 else (1, numerator)
    # No scale above this one fits: skip them, the exact condition is tested below.
    start = MAX_SCALE
    excess = len(str(numerator * 10**MAX_SCALE // denominator)) - 30
    if excess > 0:
        start -= excess
    for scale in range(start, -1, -1):
        digits = half_even(numerator * 10**scale, denominator)
        if digits < LIMIT:
            return text(sign * digits, scale)
    return "out_of_range"


def percent(part: int, part_scale: int, whole: int, whole_scale: int) -> str:
    if whole == 0:
        return "none"
    sign = -1 if (part < 0) != (whole < 0) else 1
    digits = half_even(abs(part) * 10 ** (6 + whole_scale), abs(whole) * 10**part_scale)
    return text(sign * digits, 4) if digits < LIMIT else "out_of_range"


def parse(source: str) -> str:
    match = NUMBER.fullmatch(source)
    if match is None:
        return "invalid_input"
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    power = int(exponent or "0") - len(fraction) + len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    if len(digits) > MAX_DIGITS or power < -MAX_SCALE or power > MAX_SCALE:
        return "out_of_range"
    if power >= 0 and int(digits) * 10**power >= LIMIT:
        return "out_of_range"
    value = int(digits) * (-1 if sign else 1)
    return text(value * 10**power, 0) if power >= 0 else text(value, -power)


def answer(line: str) -> str:
    name, *operands = line.split("\t")
    if name == "parse":
        return parse(operands[0])
    a, a_scale = map(int, operands[0].split(":"))
    if name == "text":
        return text(a, a_scale)
    if name == "round":
        decimals = int(operands[1])
        if decimals >= a_scale:
            return text(a, a_scale)
        digits = half_even(abs(a), 10 ** (a_scale - decimals))
        return text(-digits if a < 0 else digits, decimals)
    b, b_scale = map(int, operands[1].split(":"))
    if name == "percent":
        return percent(a, a_scale, b, b_scale)
    if name == "mul":
        return fit(a * b, 10 ** (a_scale + b_scale))
    if name == "div":
        return fit(a * 10**b_scale, b * 10**a_scale) if b else "invalid_input"
    left, right = a * 10**b_scale, b * 10**a_scale
    return fit(left + right if name == "add" else left - right, 10 ** (a_scale + b_scale))


def main() -> None:
    lines = sys.stdin.read().split("\n")[:-1]
    sys.stdout.write("".join(answer(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
