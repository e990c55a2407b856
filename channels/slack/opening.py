"""Puts the Slack channel together."""

from bot.ports import Capabilities, ChannelHost, OpenChannel
from channels.at_work import AtWork
from channels.slack.agent_desk import AgentDesk
from channels.slack.agent_threads import AgentThreads
from channels.slack.background import Background
from channels.slack.calling import Caller
from channels.slack.desk import SlackDesk
from channels.slack.dispatch import bolt_app
from channels.slack.files import PATH, SlackFiles
from channels.slack.refusals import FAILURES
from channels.slack.routes import routes
from channels.slack.sending import SlackChannel
from channels.slack.signature import Verifier
from channels.slack.socket import Socket
from channels.slack.teams import read_teams
from channels.slack.workspaces import Workspaces


def opened(host: ChannelHost, name: str, capabilities: Capabilities) -> OpenChannel:
    """Raises ValueError when neither HTTP nor Socket Mode is set up, or a token cannot be read."""
    settings = host.settings
    secrets = settings.slack_signing_secret.get_secret_value()
    app_token = settings.slack_app_token.get_secret_value()
    workspaces = Workspaces(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    background = Background()
    at_work = AtWork(host.transcript, host.clock, FAILURES)
    channel = SlackChannel(name, capabilities, host, workspaces, at_work)
    files = SlackFiles(Caller(name, workspaces, host.meter), workspaces, host.secret, settings.slack_api_url)
    teams = read_teams(settings.slack_teams)
    threads = AgentThreads(host, host.inbox, channel, workspaces, teams) if teams and host.inbox else None
    agents = (
        AgentDesk(host, host.inbox, threads, channel, workspaces, background, files) if threads and host.inbox else None
    )
    desk = SlackDesk(host, channel, workspaces, background, files, agents)
    app = bolt_app(desk, workspaces)
    socket = Socket(app, desk, app_token, workspaces) if app_token else None
    verifier = Verifier(secrets.split(",")) if secrets or socket is None else None

    async def close() -> None:
        await at_work.close()
        await background.close()
        await workspaces.close()

    router = files.routes()
    if verifier:
        router.include_router(routes(app, desk, verifier, host.clock))
    jobs = (*((socket.run,) if socket else ()), *((threads.run,) if threads else ()))
    return OpenChannel(channel, router, jobs, close, files={PATH: files})
