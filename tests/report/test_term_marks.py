"""Words of the glossary in a page: marked where they first stand, and explained."""

from __future__ import annotations

import re

import pytest

from threatsim.catalogue.words.glossary import glossary, term_called
from threatsim.report.page.term_marks import with_terms


def body(text: str) -> str:
    return with_terms(f"<h1>PGD</h1><main>{text}</main>")


def test_a_word_is_marked_once_where_it_first_stands() -> None:
    marked = body("<p>An arm by PGD, then PGD in other arms.</p>")
    assert marked.startswith('<h1>PGD</h1><main><p>An <button type="button" class="term" popovertarget="term-arm">arm')
    assert marked.count('popovertarget="term-pgd"') == marked.count('id="term-pgd"') == 1
    assert "then PGD in other arms" in marked
    assert "Projected gradient descent" in marked


@pytest.mark.parametrize(
    "html",
    [
        "<svg><text>PGD</text></svg>",
        "<code>PGD</code>",
        '<a href="#">PGD</a>',
        "<h2>PGD</h2>",
        "<details><summary>PGD</summary></details>",
        '<img alt="PGD > PGD">',
        "<p>\ue00099\ue001PGD\ue002</p>",
        "<p>charm, armour, white-boxed, PGD-like, pgd</p>",
    ],
)
def test_no_mark_in_drawings_names_headings_and_other_words(html: str) -> None:
    assert body(html) == f"<h1>PGD</h1><main>{html}</main>"


@pytest.mark.parametrize("text", ["white box", "White box", "white-box", "Patches", "replicates", "AUROC"])
def test_forms_of_a_word(text: str) -> None:
    assert f">{text}</button>" in body(f"<p>By {text}.</p>")


def test_the_longer_name_wins_and_marks_do_not_lie_in_one_another() -> None:
    marked = body("<p>An adversarial patch and its paired difference.</p>")
    assert ">adversarial patch</button>" in marked
    assert not re.search(r"<button[^>]*>[^<]*<button", marked)


def test_text_of_a_page_stays_the_same() -> None:
    html = "<p>PGD by white box &amp; black box: sensitivity 90% &lt; arm</p>"
    plain = re.sub(r'<span class="keep">(.*?)</span>', r"\1", body(html))
    plain = re.sub(r"<button[^>]*>|</button>|<div popover.*?</div>\n", "", plain)
    assert plain == f"<h1>PGD</h1><main>{html}</main>"


def test_every_word_has_a_meaning_and_a_name_of_its_own() -> None:
    names = [name.lower() for term in glossary() for name in term.names]
    assert len(names) == len(set(names)) > 40
    assert all(term.meaning.endswith(".") for term in glossary())
    assert all(term_called(name.upper().replace(" ", "_")) for name in names)
    for wanted in (
        "PGD",
        "patch",
        "black box",
        "white box",
        "surrogate",
        "AUROC",
        "replicate",
        "arm",
        "paired difference",
    ):
        assert term_called(wanted), wanted
    assert term_called("nothing of the kind") is None
