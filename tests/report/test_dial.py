"""The dial of a sweep: what it offers, and in headless Chromium that it turns, by pointer and by keyboard."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report import answers
from tests.report.test_answer_charts import browser
from threatsim.experiment.record.record import Override
from threatsim.questions.sweep.emulator import emulated
from threatsim.questions.sweep.findings import PointFigure
from threatsim.questions.sweep.question import SweepRecord
from threatsim.report.questions import sweep_words
from threatsim.report.questions.answer_page import answer_page
from threatsim.report.questions.charts.dial import dial
from threatsim.report.questions.parts import AnswerPart

__all__ = ["browser"]  # the fixture

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
FINES = (1, 2, 5)


def known(figure: str, rate: float, fine: int) -> float:
    """A loss that is plain in the logarithm and the fine, and a share that no quadratic follows."""
    step = RATES.index(rate)
    return 1000.0 - 100 * step + 20 * fine * fine if figure == "payer_loss" else 0.9 * ((step + fine) % 2)


def record() -> SweepRecord:
    made = answers.grid(RATES, FINES)

    def level(one: PointFigure) -> PointFigure:
        at = made.findings.points[one.point]
        value = known(one.figure, at["a.rate"], at["b.fine"]) + 10 * (one.arm == "audits")
        width = 60.0 if one.figure == "payer_loss" else 0.05
        return one.model_copy(update={"level": answers.about(value, width)})

    findings = made.findings.model_copy(update={"found": tuple(map(level, made.findings.found))})
    return made.model_copy(update={"findings": findings})


def page_of(made: SweepRecord) -> str:
    """The page with the dial alone: charts take long to draw."""
    turned = dial(made)
    assert turned is not None
    part = AnswerPart("dial", "Turn the dial", (), (), notes=tuple(turned.notes), dial=turned)
    return answer_page(made.title, sweep_words.sentences(made), [part])


def test_the_command_repeats_what_the_sweep_was_asked_for() -> None:
    asked = (Override(option="--set", value="weeks=26"), Override(option="--seed", value="1"))
    turned = dial(record().model_copy(update={"overridden": asked}))
    assert turned is not None
    assert turned.content is not None
    assert turned.content["command"] == "threatsim run made_up --set weeks=26"
    assert turned.content["same"] == "--replicates 8 --seed 1"


def test_it_offers_what_errs_little_and_says_what_it_does_not_offer() -> None:
    turned = dial(record())
    assert turned is not None
    assert turned.content is not None
    assert {one["figure"] for one in turned.content["surfaces"]} == {"payer_loss"}
    assert turned.notes[0].startswith("An emulator and not a run: a quadratic surface through the 15 simulated points")
    assert turned.notes[1].endswith("the share of true claims denied.")
    assert dial(answers.line(RATES[:4])) is None


def test_a_sweep_of_which_nothing_can_be_emulated_says_so_and_has_nothing_to_turn() -> None:
    made = record()
    shares = tuple(one for one in made.findings.found if one.figure != "payer_loss")
    left = made.findings.model_copy(update={"figures": ("honest_denied",), "found": shares})
    alone = made.model_copy(update={"findings": left})
    turned = dial(alone)
    assert turned is not None
    assert turned.content is None
    page = page_of(alone)
    assert "Not offered, since" in page
    assert 'type="range"' not in page


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "page.html"
    path.write_text(page_of(record()), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 375, "height": 900})
    wrong: list[str] = []
    opened.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    assert wrong == []
    assert opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    opened.close()


def told(page: Any, name: str) -> str:
    return str(page.locator(f".dial .{name}").inner_text())


def number(text: str) -> float:
    digits, suffix = re.match(r"[\u2212]?([\d.]+)(k?)", text).groups()  # type: ignore[union-attr]
    return float(digits) * (1000 if suffix else 1)


def test_turning_it_answers_as_the_emulator_does_and_names_the_run(page: Any) -> None:
    made = record()
    emulator = emulated(made.findings, list(made.arms))
    assert emulator is not None
    rate, fine = page.locator(".dial input[type=range]").all()
    assert fine.get_attribute("max") == "4"  # whole numbers: one step each
    begun = told(page, "emulated")
    rate.focus()
    for _ in range(45):
        page.keyboard.press("ArrowRight")
    fine.fill("2")
    assert told(page, "emulated") != begun
    command = shlex.split(told(page, "command"))
    assert command[:3] == ["threatsim", "run", "made_up"]
    assert command[-4:] == ["--replicates", "8", "--seed", "1"]
    settings = dict(part.split("=") for before, part in itertools.pairwise(command) if before == "--set")
    values = {path: float(text) for path, text in settings.items()}
    assert values == {"a.rate": pytest.approx(0.01 * 100**0.45, rel=5e-3), "b.fine": 3}
    for surface, arm in zip((one for one in emulator.surfaces if one.offered), made.arms, strict=True):
        page.locator(".dial select").last.select_option(arm)
        text = told(page, "emulated")
        assert number(text) == pytest.approx(emulator.at(surface, values), rel=5e-3)
        low, high = (number(end) for end in text.split("(")[1].rstrip(")").split(" to "))
        assert high - low >= 119  # not narrower than the simulation's own
    assert told(page, "where") == "Point 7, at a.rate 0.1 share, b.fine 2 share."
    assert rate.get_attribute("aria-valuetext") == f"{settings['a.rate']} share"
    page.locator(".dial .again").click()
    assert "'a.rate=0.01'" in told(page, "command")
