"""A reply is authored once (K6): what each channel shows of it, and that nothing is lost on the way."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.preview import Wanted, run_preview
from bot.edges.desk_loader import load_core, load_texts
from bot.model.desk import Finding
from bot.model.message import Reply
from bot.model.response import Button
from bot.plugins.channels import load_channels, previews, with_forms
from bot.rules.check.desk import check_desk
from bot.rules.shown import lost
from bot.settings import Settings
from channels.written import written_out

MODULES, BROKEN = load_channels(Settings(_env_file=None).channels)
CHANNELS = previews(MODULES)
ALL = {"rest", "terminal", "webchat", "telegram", "slack"}

DESK = """
slots:
  size: {type: choice, values: [small, large]}
responses:
  utter_ask_size: [{text: Which size?, translation: {de: Welche Größe?}}]
flows:
  order:
    description: Takes an order.
    triggers: [{intent: order}]
    HEAD
    steps:
      - collect: size
      - say: SAID
nlu:
  - {intent: order, examples: "- I want one"}
"""

words = st.text(st.characters(categories=["L", "N", "P", "Zs", "S"], exclude_characters="\x00"), max_size=60)
buttons = st.builds(
    Button,
    title=st.from_regex(r"[A-Za-zäöü0-9 ?!]{1,120}", fullmatch=True),
    url=st.sampled_from([None, None, "https://example.com/a", "javascript:alert(1)", "tel:+49301234"]),
)
replies = st.builds(
    Reply,
    text=words.map(lambda text: text or None),
    buttons=st.lists(buttons, max_size=30).map(tuple),
    image=st.sampled_from([None, "https://example.com/a.png", "data/a.png"]),
    files=st.sampled_from([(), ("https://example.com/b.pdf", "c.pdf")]),
)


def desk(said: str, head: str = "") -> dict[str, str]:
    return {"flows.yml": DESK.replace("SAID", said).replace("HEAD", head or "name: Order")}


def findings(files: dict[str, str]) -> list[Finding]:
    loaded = load_texts({name: text.encode() for name, text in files.items()}, load_core())
    return [f for f in check_desk(loaded.authored, {}, loaded.findings, channels=CHANNELS) if f.level == "error"]


def previewed(tmp_path: Path, files: dict[str, str], wanted: Wanted, as_json: bool = False) -> tuple[int, str]:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = run_preview(tmp_path, wanted, CHANNELS, as_json, with_forms(MODULES))
    return code, printed.getvalue()


def test_every_channel_of_ours_shows_a_preview_without_its_platform() -> None:
    assert BROKEN == ()
    assert set(CHANNELS) == ALL


@pytest.mark.parametrize("channel", sorted(ALL))
@given(reply=replies)
def test_no_channel_loses_anything_of_a_reply(channel: str, reply: Reply) -> None:
    assert lost(reply, CHANNELS[channel](reply)) == []


def test_what_is_missing_is_named() -> None:
    reply = Reply(
        text="Hello there", buttons=(Button(title="Yes", url="https://a.example"),), image="https://b.example/i.png"
    )
    assert lost(reply, ["Hello"]) == [
        "text (there)", "button 'Yes'", "image https://b.example/i.png",
        "url of the button 'Yes' https://a.example",
    ]  # fmt: skip
    assert lost(reply, written_out(reply)) == []


def test_a_table_is_a_block_of_code_where_there_are_no_tables() -> None:
    reply = Reply(text="Prices:\n| plan | price |\n| --- | --- |\n| pro | 5 |\nAnything else?")
    assert "```\n| plan | price |" in CHANNELS["slack"](reply)[0]
    assert CHANNELS["telegram"](reply) == ["Prices:\n| plan | price |\n| --- | --- |\n| pro | 5 |\nAnything else?"]


def test_buttons_that_do_not_fit_become_a_numbered_list() -> None:
    title = "A title that is far too long for a button of Slack, which takes seventy-five characters"
    (seen,) = CHANNELS["slack"](Reply(text="Which?", buttons=(Button(title=title),)))
    assert f"1. {title}" in seen
    assert "[1. A title" in seen


def test_check_fails_a_flow_whose_content_nobody_on_a_channel_would_see() -> None:
    (found,) = findings(desk("{custom: {map: berlin}}"))
    assert (found.code, found.line) == ("lost-content", 13)
    assert "slack, telegram, terminal, webchat" in found.what
    assert "`channels: [...]`" in found.fix


def test_check_is_content_with_words_beside_it_or_where_the_flow_is_offered_elsewhere() -> None:
    assert findings(desk("{text: We are in Berlin., custom: {map: berlin}}")) == []
    assert findings(desk("{custom: {map: berlin}}", "channels: [rest]")) == []


def test_check_knows_the_channels() -> None:
    (found,) = findings(desk("Thanks.", "channels: [rest, slakc]"))
    assert (found.code, found.line) == ("unknown-channel", 10)
    assert "slack" in found.fix


def test_a_flow_is_shown_as_each_channel_renders_it(tmp_path: Path) -> None:
    """Channels that show the same stand together; choices are offered as buttons."""
    code, printed = previewed(tmp_path, desk("'**Thanks**, done.'"), Wanted("order", language="en"))
    assert code == 0
    assert "> Which size?\n    | [small] [large]" in printed
    assert "on slack:\n    > *Thanks*, done." in printed
    assert "Größe" not in printed
    assert "Größe" in previewed(tmp_path, desk("Thanks."), Wanted("order", "telegram", "de"))[1]


FORM = """
slots:
  size: {type: choice, values: [small, large]}
  town: {type: text, description: The town}
  agreed: {type: boolean}
  scan: {type: file}
responses:
  utter_ask_size:
    - text: Which size?
      translation: {de: {text: Welche Größe?, buttons: [{title: klein, payload: small}, {title: groß, payload: large}]}}
  utter_ask_town: [{text: Which town?, translation: {de: Welche Stadt?}}]
  utter_label_town: [{text: Town, translation: {de: Stadt}}]
  utter_hint_town: [{text: Where you live., translation: {de: Wo du wohnst.}}]
  utter_ask_agreed: [{text: Agreed?}]
  utter_ask_scan: [{text: The scan?}]
flows:
  order:
    name: An order
    description: Takes an order.
    triggers: [{intent: order}]
    steps:
      - collect: [size, town, agreed]
      - collect: [size, scan]
nlu:
  - {intent: order, examples: "- I want one"}
settings: {languages: [en, de]}
"""


def test_a_form_is_shown_on_the_channels_that_have_forms_and_its_questions_on_all(tmp_path: Path) -> None:
    """A file has no field, so what is collected with one is asked for one by one everywhere."""
    code, printed = previewed(tmp_path, {"flows.yml": FORM}, Wanted("order", language="de"))
    assert code == 0
    forms = printed[printed.index("(utter_fill_form, de)") :]
    assert forms.count("on webchat:") == forms.count("on slack:") == 1
    assert "telegram" not in forms
    for line in ("(An order)", "Stadt [    ]", "Wo du wohnst.", "[klein | groß]", "Agreed? [Ja | Nein]"):
        assert line in forms
    assert "[Formular ausfüllen]" in forms
    assert "on rest, webchat, terminal, telegram, slack:\n    > Welche Stadt?" in printed


def test_it_says_what_would_be_lost_and_fails(tmp_path: Path) -> None:
    code, printed = previewed(tmp_path, desk("{custom: {map: berlin}}"), Wanted("order"))
    assert code == 1
    assert "LOST on slack: custom" in printed
    assert "LOST on rest" not in printed


def test_programs_read_it_as_json(tmp_path: Path) -> None:
    code, printed = previewed(tmp_path, desk("Thanks."), Wanted("order", "rest"), as_json=True)
    rows = json.loads(printed)
    assert code == 0
    assert {row["channel"] for row in rows} == {"rest"}
    assert [row["seen"] for row in rows if row["name"] == "say"] == [["Thanks."]]


@pytest.mark.parametrize(
    ("wanted", "words"), [(Wanted("ordre"), "order"), (Wanted("order", "fax"), "The channels are rest")]
)
def test_unknown_names_are_told(tmp_path: Path, wanted: Wanted, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert previewed(tmp_path, desk("Thanks."), wanted)[0] == 1
    assert words in capsys.readouterr().err
