"""Articles: their languages, the questions that try them, and the steps that answer from them."""

import json
from typing import Final

from bot.model.article import Article, Asked
from bot.model.flow import AnswerStep
from bot.rules.check.authored import typed_flow
from bot.rules.check.parts import Part
from bot.rules.check.report import listed, suggestion
from bot.rules.check.walk import Site, sites
from bot.rules.check.world import World

SEARCH_PATTERN: Final = "pattern_search"
LONG: Final = 12_000
"""Characters of an article that a search still finds its way in, and a person to its end."""


def check_article(world: World, part: Part) -> None:
    """One article."""
    article = part.value
    assert isinstance(article, Article)
    _check_language(world, part, article.language, "this article is in {!r}, which the desk does not speak")
    if len(article.body) > LONG:
        what = f"this article has {len(article.body):,} characters"
        world.at_key(part, ("title",), "long-article", what, "Split it into several, each about one thing.", "warning")


def _check_language(world: World, part: Part, language: str | None, what: str) -> None:
    languages = world.desk.settings.languages
    if language is not None and language not in languages:
        fix = f"The desk's languages are {', '.join(languages)}: name one, or add this one under `settings`."
        world.at_value(part, ("language",), "unknown-language", what.format(language), fix)


def check_asked(world: World, part: Part) -> None:
    """One entry of questions: its language, and the articles that it names."""
    asked = part.value
    assert isinstance(asked, Asked)
    _check_language(world, part, asked.language, "the desk does not speak {!r}")
    known = world.authored.names("article")
    for index, name in enumerate(asked.articles):
        if name not in known:
            fix = suggestion(name, known, f"The articles are {listed(known)}.")
            world.at_value(part, ("articles", index), "unknown-article", f"there is no article {name!r}", fix)


def check_answers(world: World, part: Part) -> None:
    """The `answer` steps of one flow: there are articles, and somebody looks whether one was found."""
    for site in sites(part):
        if not isinstance(site.step, AnswerStep):
            continue
        if not world.authored.names("article"):
            if part.name == SEARCH_PATTERN:
                continue  # it is begun only where there are articles
            what = "this desk has no articles, so this step always fails"
            fix = "Add an article: knowledge/<name>.md, with `title` in its front matter."
            world.at_key(part, (*site.path, "answer"), "no-articles", what, fix)
        elif not _is_looked_at(part, site):
            what = "nothing happens when no article answers: the step says nothing then"
            here = site.step.id or "answer"
            fix = f"Give it `id: {here}` and look at `steps.{here}.found` behind it."
            world.at_key(part, (*site.path, "answer"), "no-answer-branch", what, fix)


def _is_looked_at(part: Part, site: Site) -> bool:
    flow = typed_flow(part).model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return site.step.id is not None and f"steps.{site.step.id}" in json.dumps(flow)
