"""One provider's run in words, with a small chart of what false billing brought it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.experiment.stories.career import YEAR, CareerPeriod, Decision
from threatsim.experiment.stories.provider_story import ProviderStory
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import numbers

_BAR = 24  # cells of the longest bar


def print_story(story: ProviderStory, console: Console) -> None:
    """Print who the provider is, what it did and why, and what came of it."""
    width = max(NARROWEST, console.width)
    for part in _parts(story):
        show(console, part, width)


def sentences(story: ProviderStory) -> list[str]:
    """Return the run in sentences, in the order of events: one a spell of the same conduct."""
    spells = [list(spell) for _, spell in groupby(story.decisions, key=_conduct)]
    told: list[tuple[float, str]] = [(spell[0].week, _spell(spell, story)) for spell in spells]
    if story.accused_week is not None:
        verb = "was accused of fraud" if story.false_claims else "was accused of fraud, wrongly"
        made = _counted(story.findings, "finding")
        told.append((story.accused_week + 0.5, f"In week {story.accused_week} it {verb}; there were {made} in all."))
    elif story.findings:
        told.append((story.weeks, f"{_counted(story.findings, 'finding')} against it did not lead to an accusation."))
    if story.entered_week:
        told.append((story.entered_week, f"In week {story.entered_week} a newcomer took the practice over."))
    return [text for _, text in sorted(told, key=lambda one: one[0])]


def _parts(story: ProviderStory) -> Iterator[RenderableType]:
    yield Text(f"{numbers.title(story.provider.rpartition('.')[0])} {story.provider.rpartition('.')[2]}", style="bold")
    access = {"none": "no access to a classifier", "black_box": "a surrogate", "white_box": "the payer's classifier"}
    rate = ""
    if story.rate is not None and story.peers_rate is not None:
        rate = (
            f", {numbers.value(story.rate, 'share')} of them with the finding "
            f"(median of its peers {numbers.value(story.peers_rate, 'share')})"
        )
    yield Text(
        f"About {numbers.number(story.volume)} cases a week, {access[story.access]}. "
        f"{numbers.count(story.claims)} claims in {story.weeks} weeks{rate}. Arm {story.arm}, replicate 0."
    )
    if story.career:
        yield Text()
        yield heading("Its career, year by year" if story.weeks > YEAR else "Its career, quarter by quarter")
        yield Padding(_career(story.career), (0, 0, 0, 1))
    yield Text()
    yield heading("What it did, and why")
    told = sentences(story)
    yield bullets(told if told else ["Its decisions were not kept: it billed honestly and nothing was found."])
    if story.false_claims:
        yield Text()
        yield heading("What false billing had brought it (USD)")
        yield Padding(_chart(story), (0, 0, 0, 1))
        yield Text()
        verb = "gained" if story.net_fraud_usd >= 0 else "lost"
        yield Text(
            f"Over the run it billed {_counted(story.false_claims, 'claim')} falsely and {verb} "
            f"USD {numbers.number(abs(story.net_fraud_usd))} by it, after attacks, recoupment and penalties."
        )


def _career(periods: Sequence[CareerPeriod]) -> Table:
    """Return a row a period: weeks, what was done in how many of them, and what false billing brought."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_column(no_wrap=True, justify="right")
    grid.add_row("weeks", Text("what it did", style="dim"), Text("false billing, USD", style="dim"))
    for period in periods:
        brought = "" if period.gained_usd is None else numbers.change(period.gained_usd, "USD")
        grid.add_row(f"{period.first_week} to {period.last_week}", Text(career_line(period)), Text(brought))
    return grid


def career_line(period: CareerPeriod) -> str:
    """Return a period of a career in words: honest 9 weeks, code_only 4 weeks; accused."""
    done = [("honest", period.honest_weeks), *period.cheating_weeks.items(), ("excluded", period.excluded_weeks)]
    done.append(("not kept", period.unknown_weeks))
    told = [f"{what} {_counted(weeks, 'week')}" for what, weeks in done if weeks]
    events = [("accused of fraud", period.accused), ("replaced by a newcomer", period.replaced)]
    return "; ".join([", ".join(told), *(event for event, happened in events if happened)])


def _conduct(decision: Decision) -> tuple[bool, str, str, float]:
    return decision.excluded, decision.tactic, decision.payer, decision.share


def _spell(spell: list[Decision], story: ProviderStory) -> str:
    first, last = spell[0], spell[-1]
    following = [decision.week for decision in story.decisions if decision.week > last.week]
    end = (following[0] if following else story.weeks) - 1
    if first.excluded and first.week < story.entered_week <= end:
        end = story.entered_week - 1
    when = f"Week {first.week}" if first.week == end else f"Weeks {first.week} to {end}"
    if first.excluded:
        return f"{when}: it was excluded and billed nothing."
    expected_gains = [decision.worth_usd_per_week for decision in spell if decision.worth_usd_per_week is not None]
    paid = [decision.believed_paid for decision in spell if decision.believed_paid is not None]
    found = [decision.believed_found for decision in spell if decision.believed_found is not None]
    beliefs = "by what it had tried"
    if paid and found:
        beliefs = f"it believed that {_range(paid)} of such claims are paid and {_range(found)} found out"
    if not first.tactic:
        if not expected_gains:
            return f"{when}: it billed honestly; there was no tactic that it could use."
        best = max(expected_gains)
        tail = (
            f"at best USD {numbers.number(best)} a week"
            if best < 0
            else f"as much as USD {numbers.number(best)} a week"
        )
        other = f"The best of its other options was {first.considered}: {tail}, since {beliefs}."
        return f"{when}: it billed honestly. {other}"
    target = f" toward {first.payer} only" if first.payer else ""
    gain = f", worth USD {numbers.number(expected_gains[0])} a week to it" if expected_gains else ""
    share = numbers.value(first.share, "share")
    return f"{when}: {first.tactic} on {share} of its eligible cases{target}{gain}; {beliefs}."


def _chart(story: ProviderStory) -> Table:
    """Return a row a decision: a full bar for gains, a faint one for losses."""
    grid = Table.grid(padding=(0, 1))
    for justify in ("right", "right", "left", "left"):
        grid.add_column(justify=justify, no_wrap=True)
    sums = [(decision.week, decision.gained_usd, decision) for decision in story.decisions]
    most = max((abs(value) for _, value, _ in sums), default=0.0)
    most = max(most, abs(story.net_fraud_usd)) or 1.0
    for week, value, decision in sums:
        grid.add_row(*_bar(f"week {week}", value, most, decision.tactic or ("excluded" if decision.excluded else "")))
    grid.add_row(*_bar("end", story.net_fraud_usd, most, ""))
    return grid


def _bar(label: str, value: float, most: float, remark: str) -> tuple[Text, Text, Text, Text]:
    bar = Text(("█" if value >= 0 else "░") * round(_BAR * abs(value) / most), style="green" if value >= 0 else "red")
    return Text(label, style="dim"), Text(numbers.number(value)), bar, Text(remark, style="dim")


def _range(shares: list[float]) -> str:
    low, high = numbers.value(min(shares), "share"), numbers.value(max(shares), "share")
    return low if low == high else f"{low} to {high}"


def _counted(n: int, what: str) -> str:
    return f"{numbers.count(n)} {what}{'' if n == 1 else 's'}"
