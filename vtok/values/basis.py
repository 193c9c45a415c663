"""What the count of a model behind an API rests on."""

from typing import Any, Literal, NamedTuple

Status = Literal["documented", "observed", "estimated"]


class OtherCount(NamedTuple):
    """What an image costs by another account of the same API: the prompt tokens, and who says so since when."""

    status: Status
    prompt_tokens: int
    date: str
    source: str

    def __str__(self) -> str:
        return f"{self.prompt_tokens:,} prompt tokens ({self.status}, {self.date}: {self.source})"


class Basis(NamedTuple):
    """What the count of a model behind an API rests on: nobody outside can run its code.

    `documented` is a rule that the provider printed, `observed` one that fits what users were billed, `estimated`
    anything less. `date` is that of the page or of the bills, `source` names it. `others` are the counts of accounts
    that contradict this one.
    """

    status: Status
    date: str
    source: str
    others: tuple[OtherCount, ...] = ()

    def __str__(self) -> str:
        return f"{self.status}, {self.date}: {self.source}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a basis, without `others` where there are none."""
        others = [other._asdict() for other in self.others]
        return {
            "status": self.status,
            "date": self.date,
            "source": self.source,
            **({"others": others} if others else {}),
        }
