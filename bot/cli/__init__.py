"""The command line: `frontdesk --help`. Each command imports what it needs, so that the others start quickly."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperGroup

from bot.settings import Settings


class Commands(TyperGroup):
    """Settings that cannot be used are told line by line, whichever command reads them."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (ValidationError, SettingsError) as error:
            if isinstance(error, ValidationError) and error.title != Settings.__name__:
                raise
            from bot.cli.settings_errors import lines_of

            for line in lines_of(error):
                typer.echo(f"error: {line}", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=Commands, help="A front desk for a company's chat channels.", no_args_is_help=True, add_completion=False
)
db = typer.Typer(help="The database.", no_args_is_help=True)
token = typer.Typer(help="Bearer tokens of the HTTP API.", no_args_is_help=True)
telegram = typer.Typer(help="The bot on Telegram.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(token, name="token")
nlu = typer.Typer(help="How well messages are understood.", no_args_is_help=True)
app.add_typer(nlu, name="nlu")
knowledge = typer.Typer(help="How well articles are found.", no_args_is_help=True)
app.add_typer(knowledge, name="knowledge")
app.add_typer(telegram, name="telegram")
slack = typer.Typer(help="The Slack channel.", no_args_is_help=True)
app.add_typer(slack, name="slack")

Folder = Annotated[Optional[Path], typer.Argument(help="The folder of flows; default: FRONTDESK_FLOWS_DIR.")]  # noqa: UP045


@app.command()
def serve(
    host: Annotated[Optional[str], typer.Option(help="Address to listen on.")] = None,  # noqa: UP045
    port: Annotated[Optional[int], typer.Option(help="Port to listen on.")] = None,  # noqa: UP045
) -> None:
    """Serve the desk over HTTP."""
    import uvicorn

    from bot.api.server import run
    from bot.app import begin_to_leave, create_app
    from bot.edges import logs

    settings = _settings(host=host, port=port)
    logs.configure(settings.log_level, settings.log_format)
    _require_schema(settings)
    typer.echo(f"Frontdesk on http://{settings.host}:{settings.port}  (stop with Ctrl-C)", err=True)
    desk = create_app(settings)
    config = uvicorn.Config(
        desk,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=30,
        server_header=False,
    )
    raise typer.Exit(run(config, lambda: begin_to_leave(desk.state.house)))


@app.command()
def check(
    directory: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a folder of flows: all findings at once, each with its place and how to mend it."""
    from bot.cli.check import run_check
    from bot.cli.known_actions import known_actions
    from bot.errors import BadInput
    from bot.plugins.channels import load_channels, previews

    settings = Settings()
    try:
        known = known_actions(settings)
    except BadInput as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    modules, broken = load_channels(settings.channels)
    folder = directory or settings.flows_dir
    for problem in (*known.problems, *broken, *_of_models(settings, folder)):
        typer.echo(f"warning: {problem}", err=True)
    raise typer.Exit(run_check(folder, known.specs, as_json, known.all_of_them, previews(modules)))


@app.command()
def models(
    directory: Folder = None,
    ask: Annotated[bool, typer.Option("--ask", help="Send each model one small request, which costs money.")] = False,
) -> None:
    """Show which models are asked, with whose key and for how much; with --ask, whether they answer."""
    from bot.cli.models import show

    settings = Settings()
    raise typer.Exit(show(settings, directory or settings.flows_dir, ask))


@app.command()
def preview(
    flow: Annotated[str, typer.Argument(help="The flow's name, as in `order_status`.")],
    directory: Folder = None,
    channel: Annotated[Optional[str], typer.Option(help="Only what this channel shows.")] = None,  # noqa: UP045
    language: Annotated[Optional[str], typer.Option(help="Only what is said in this language.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show every reply of a flow as each channel renders it, and what a channel would lose."""
    from bot.cli.preview import Wanted, run_preview
    from bot.plugins.channels import load_channels, previews, with_forms

    settings = Settings()
    modules, broken = load_channels(settings.channels)
    for problem in broken:
        typer.echo(f"warning: {problem}", err=True)
    wanted = Wanted(flow, channel, language)
    folder = directory or settings.flows_dir
    raise typer.Exit(run_preview(folder, wanted, previews(modules), as_json, with_forms(modules)))


@app.command()
def test(
    directory: Folder = None,
    only: Annotated[Optional[str], typer.Option("-k", help="Run cases whose name holds this.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    junit: Annotated[Optional[Path], typer.Option(help="Write the results as JUnit XML.")] = None,  # noqa: UP045
    coverage: Annotated[float, typer.Option(min=0, max=100, help="Fail below so many percent of steps or ways.")] = 95,
    meaning: Annotated[bool, typer.Option("--meaning", help="Understand by meaning, too, as a desk does.")] = False,
    processes: Annotated[Optional[int], typer.Option(min=1, help="At most so many; default: all processors.")] = None,  # noqa: UP045
) -> None:
    """Run the twin tests of a folder of flows, in memory and with a clock of their own."""
    from bot.cli.test import run_tests

    code = run_tests(
        directory or Settings().flows_dir,
        only=only,
        as_json=as_json,
        junit=junit,
        least=coverage,
        by_meaning=meaning,
        processes=processes,
    )
    raise typer.Exit(code)


@app.command()
def schema(
    prompt: Annotated[bool, typer.Option("--prompt", help="The schema of prompts/<name>.yml in its place.")] = False,
) -> None:
    """Print the JSON Schema of a file of flows, for editors."""
    from bot.cli.schema import print_schema

    print_schema(prompt)


@app.command()
def chat(
    sender: Annotated[str, typer.Option(help="Who is writing.")] = "terminal",
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Show what was understood and decided.")] = False,
) -> None:
    """Chat with the desk in this terminal."""
    from bot.cli.chat import converse
    from bot.edges import logs

    settings = _settings()
    logs.configure("ERROR", "text")
    asyncio.run(converse(settings, sender, verbose))


@app.command()
def config() -> None:
    """Show every setting, its value (secrets masked) and its meaning."""
    from bot.rules.masking import without_passwords

    settings = Settings()
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"FRONTDESK_{name.upper()}"
        typer.echo(f"{variable}={without_passwords(str(getattr(settings, name)))}\n    {field.description}")


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from bot.store.database import Database
    from bot.store.schema import upgrade

    database = Database(Settings().database)
    upgrade(database.engine)
    database.close()
    typer.echo("The database is at the newest schema.")


@token.command("create")
def token_create(
    role: Annotated[str, typer.Option(help="agent, lead, author, admin or owner.")],
    name: Annotated[str, typer.Option(help="Whose token it is; stands in events and notes.")] = "",
) -> None:
    """Make a token. It is shown once."""
    from bot.cli.tokens import create

    raise typer.Exit(create(Settings(), role, name or role))


@token.command("list")
def token_list() -> None:
    """Show all tokens, without their secrets."""
    from bot.cli.tokens import show

    raise typer.Exit(show(Settings()))


@token.command("revoke")
def token_revoke(id_: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Make a token useless."""
    from bot.cli.tokens import revoke

    raise typer.Exit(revoke(Settings(), id_))


@nlu.command("evaluate")
def nlu_evaluate(
    train: Annotated[Path, typer.Option(help="CSV with the columns text and intent: what is learned.")],
    test: Annotated[Path, typer.Option(help="The same: what is asked.")],
    oos: Annotated[Optional[Path], typer.Option(help="The same: messages that mean none of the intents.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Learn one file of examples, understand another, and print how well that went."""
    from bot.cli.nlu import evaluate
    from bot.edges import logs

    logs.on_stderr()
    raise typer.Exit(evaluate(train, test, oos, as_json))


@nlu.command("report")
def nlu_report(
    directory: Folder = None,
    precision: Annotated[float | None, typer.Option(min=0.01, max=0.99, help="In place of settings.precision.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="Messages a day.")] = 1_000,
    picture: Annotated[Optional[Path], typer.Option(help="Write the reliability curve here, as SVG.")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Show a desk's thresholds, how far its confidence can be trusted, its mistakes, and what is left to people."""
    from bot.cli.nlu import report
    from bot.edges import logs

    logs.on_stderr()
    raise typer.Exit(report(directory or Settings().flows_dir, precision, messages, picture, as_json))


@knowledge.command("evaluate")
def knowledge_evaluate(
    directory: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Ask the questions of knowledge/evaluation.yml and print how well they were answered."""
    from bot.cli.knowledge import evaluate

    raise typer.Exit(evaluate(directory or Settings().flows_dir, as_json))


@telegram.command("set-webhook")
def telegram_set_webhook(
    url: Annotated[str, typer.Argument(help="Where the desk is seen from outside, e.g. https://desk.example.com.")],
) -> None:
    """Tell Telegram where the desk is, and the commands that it understands."""
    from bot.cli.telegram import set_webhook

    raise typer.Exit(set_webhook(_settings(), url))


@telegram.command("delete-webhook")
def telegram_delete_webhook() -> None:
    """Telegram calls nobody any more, so that the desk can poll."""
    from bot.cli.telegram import delete_webhook

    raise typer.Exit(delete_webhook(_settings()))


@telegram.command("set-commands")
def telegram_set_commands() -> None:
    """Put the flows that can be begun by name into the bot's menu."""
    from bot.cli.telegram import set_commands

    raise typer.Exit(set_commands(_settings()))


@slack.command("manifest")
def slack_manifest(
    url: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Where Slack reaches this desk, as https://desk.example.com. Without: Socket Mode."),
    ] = None,
) -> None:
    """Print the app manifest to paste at https://api.slack.com/apps."""
    import importlib
    import json

    # The core imports no channel: as with the adapters, it is loaded by name.
    made = importlib.import_module("channels.slack.manifest").manifest(url)
    typer.echo(json.dumps(made, indent=2))


def _require_schema(settings: Settings) -> None:
    """On Postgres the schema is an operator's step; say so here rather than in the middle of a start."""
    from bot.errors import NotReady
    from bot.store.database import Database
    from bot.store.schema import require_current

    if settings.database.startswith("sqlite"):
        return
    database = Database(settings.database)
    try:
        require_current(database.engine)
    except NotReady as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        database.close()


def _of_models(settings: Settings, folder: Path) -> tuple[str, ...]:
    """What of a folder's prompts no key opens, or another one than is meant; nothing where there is no key at all."""
    from bot.llm.keys import Keys

    if Keys(settings).is_empty:
        return ()
    from bot.cli.models import warnings_of

    return warnings_of(settings, folder)


def _settings(**given: object) -> Settings:
    return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def main() -> None:
    app(prog_name="frontdesk")
