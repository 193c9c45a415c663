"""Whole numbers in English words, as a prompt has them."""

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"))


def in_words(number: int) -> str:
    """A number from 0 up, as "one thousand, two hundred and thirty-four". Source: num2words 0.5.14, lang_EN.py."""
    for unit, name in SCALES:
        if number >= unit:
            rest = number % unit
            join = ", " if rest >= 100 else " and "
            return f"{in_words(number // unit)} {name}" + (join + in_words(rest) if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f" and {in_words(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
