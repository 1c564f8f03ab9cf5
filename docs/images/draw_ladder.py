"""Draw what the ladder of surrogates leaves of each classifier of photographs.

    python docs/images/draw_ladder.py packages/threatsim-real/threatsim_real/classifiers

Writes `docs/images/ladder.svg` from the `ladder.json` beside each classifier.
"""

from __future__ import annotations

import sys
from pathlib import Path

import altair as alt
import vl_convert as vlc

from threatsim.outcomes.lab.ladder import NAME, Ladder

FIGURES = {
    "accuracy": "accuracy left at 0.5",
    "negative_to_positive": "negative to positive",
    "positive_to_negative": "positive to negative",
}


def main(classifiers: Path) -> None:
    """Draw a panel for each figure, a row for each surrogate."""
    ladders = [Ladder.model_validate_json(path.read_bytes()) for path in sorted(classifiers.glob(f"*/{NAME}"))]
    rows = []
    for made in ladders:
        for rung in made.rungs:
            for field, title in FIGURES.items():
                share = getattr(rung, field)
                if share.value is not None:
                    ends = {"low": 100 * share.low, "high": 100 * share.high}
                    point = {"figure": title, "classifier": made.classifier, "value": 100 * share.value}
                    rows.append({"surrogate": rung.label, **point, **ends})
    order = list(dict.fromkeys(row["surrogate"] for row in rows))
    y = alt.Y("surrogate:N", sort=order, title=None, axis=alt.Axis(labelLimit=320))
    offset = alt.YOffset("classifier:N")
    colour = alt.Color("classifier:N", title=None, legend=alt.Legend(orient="top"))
    base = alt.Chart(alt.Data(values=rows)).encode(y=y, yOffset=offset, color=colour)
    interval = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title="%"), x2="high:Q")
    point = base.mark_point(filled=True, size=60).encode(x=alt.X("value:Q", scale=alt.Scale(domain=[0, 100])))
    drawn = (interval + point).properties(width=190, height=44 * len(order))
    chart = drawn.facet(column=alt.Column("figure:N", title=None, sort=list(FIGURES.values())))
    chart = chart.configure(background="white", font="sans-serif")
    Path(__file__).with_name("ladder.svg").write_text(vlc.vegalite_to_svg(chart.to_json()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
