"""What a form says, read by hand where its fields are not known beforehand."""

from starlette.datastructures import FormData

from alerting.domain.text.numbers import whole_number


def number_in(form: FormData, field: str) -> int:
    """A whole number; 0 where the field is missing or holds none."""
    return whole_number(str(form.get(field, ""))) or 0
