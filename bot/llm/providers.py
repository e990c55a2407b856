"""Single requests to Claude and to OpenAI-compatible endpoints, through pydantic-ai over their SDKs.

Facts that shape it (anthropic 2.11, openai 3.54): the SDKs try three times and wait ten minutes unless told otherwise;
their time-outs are per read, which a slow drip passes; they read an answer of any size. So retries are off, the caller
holds a deadline around each request, and a body is read up to a bound. This module costs two seconds and 70 MB to
import: `bot.llm.connecting` imports it when there is a key.
"""

import asyncio
import contextlib
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import httpx2
from genai_prices import Usage, calc_price
from pydantic_ai import ModelMessage, ModelRequest, ModelResponse
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import (
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from bot.edges.plain_json import NotPlain, plain
from bot.llm.keys import Endpoint
from bot.llm.requests import Reply, Request, Trouble
from bot.llm.schemas import is_open, told
from bot.llm.transport import CONNECT_SECONDS, BoundedClient, begin_sending
from bot.llm.troubles import nonsense, trouble_of, unsendable
from bot.model.base import Json, JsonObject
from bot.model.llm import Round, Tool, ToolCall

CHARACTERS_A_TOKEN = 16
LEAST_CHARACTERS = 4_000
"""An answer that is longer than its tokens can be is no answer."""
TOKENS_AROUND = 1_000
"""What a provider adds to a request for its tools, at most."""
TOOL = "answer"
LONGEST_ARGUMENTS = 20_000
"""Characters of one call."""
_NOT_IN_NAMES = re.compile(r"\W")
NOBODY = "http://127.0.0.1:9"
"""The discard port of this machine."""


class Providers:
    """Implements :class:`bot.llm.requests.Provider`. One HTTP client and one SDK client an endpoint."""

    def __init__(self, known: Iterable[Endpoint] = ()) -> None:
        """known: endpoints that will be asked; what they need is imported here and not in the middle of a turn."""
        # Said once for every request: newer models have no temperature, and pydantic-ai leaves it out for them.
        warnings.filterwarnings("ignore", "Sampling parameters", UserWarning)
        self._http = BoundedClient()
        self._models: dict[Endpoint, Model] = {}
        for endpoint in known:
            self._model(endpoint)

    async def ask(
        self, endpoint: Endpoint, request: Request, seconds: float, begun: Callable[[], None] | None = None
    ) -> Reply:
        """See `bot.llm.requests.Provider`."""
        settings = ModelSettings(max_tokens=request.max_tokens, temperature=request.temperature, timeout=seconds)
        messages = list(_messages(request))
        sent = begin_sending()
        try:
            model = self._model(endpoint)
            if request.schema is None and not request.tools:
                response = await _streamed(model, messages, settings, request, begun or _unheard)
            else:
                response = await model_request(
                    model, messages, model_settings=settings, model_request_parameters=_parameters(request)
                )
        except (AgentRunError, httpx2.HTTPError, UserError) as error:
            raise trouble_of(endpoint, error) from None  # what led to it may hold what was sent
        except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
            # What an SDK does with an answer that is not of its provider's shape, or with a schema that it cannot send.
            raise nonsense(endpoint, error) if sent else unsendable(endpoint, error) from None
        return _reply(endpoint, response, request)

    def most_usd(self, endpoint: Endpoint, request: Request) -> float:
        """See `bot.llm.requests.Provider`. No token is shorter than a byte, so bytes bound the tokens that are sent."""
        parts = [part.model_dump_json() for part in (*request.tools, *request.rounds)]
        sent = f"{request.system}{request.prompt}{json.dumps(request.schema)}{''.join(parts)}{request.note}".encode(
            errors="replace"
        )
        usage = Usage(input_tokens=len(sent) + TOKENS_AROUND, output_tokens=request.max_tokens)
        try:
            return float(calc_price(usage, endpoint.model, provider_id=endpoint.provider).total_price)
        except LookupError:
            return 0.0

    def rehearse(self) -> None:
        """Ask a port where nobody listens, once for each provider, with a key that opens nothing.

        The first request of a process imports and builds for 0.2 s, in which the event loop would stand still. Call it
        in a thread.
        """
        asyncio.run(_rehearsed({endpoint.provider: endpoint for endpoint in self._models}.values()))

    async def close(self) -> None:
        await self._http.aclose()

    def _model(self, endpoint: Endpoint) -> Model:
        if (model := self._models.get(endpoint)) is None:
            model = self._models[endpoint] = self._new_model(endpoint)
        return model

    def _new_model(self, endpoint: Endpoint) -> Model:
        """Only the SDK that is used is imported."""
        how: dict[str, Any] = {"api_key": endpoint.key, "max_retries": 0, "http_client": self._http}
        if endpoint.provider == "anthropic":
            from anthropic import AsyncAnthropic  # noqa: PLC0415
            from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
            from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

            # An address that is not given is the SDK's own, never one that stands in the environment.
            base = endpoint.base_url or "https://api.anthropic.com"
            claude = AsyncAnthropic(base_url=base, **how)
            return AnthropicModel(endpoint.model, provider=AnthropicProvider(anthropic_client=claude))
        from openai import AsyncOpenAI  # noqa: PLC0415
        from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
        from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

        client = AsyncOpenAI(base_url=endpoint.base_url or "https://api.openai.com/v1", **how)
        return OpenAIChatModel(endpoint.model, provider=OpenAIProvider(openai_client=client))


async def _rehearsed(endpoints: Iterable[Endpoint]) -> None:
    schema: JsonObject = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    request = Request(system="", prompt="", schema=schema, temperature=0.0, max_tokens=16)
    apart = Providers()
    for endpoint in endpoints:
        nobody = Endpoint(endpoint.provider, endpoint.model, "rehearsal", NOBODY)
        apart.most_usd(nobody, request)
        with contextlib.suppress(Trouble):
            await apart.ask(nobody, request, CONNECT_SECONDS)
    await apart.close()


def _unheard() -> None:
    """Nobody wants to know."""


async def _streamed(
    model: Model, messages: list[ModelMessage], settings: ModelSettings, request: Request, begun: Callable[[], None]
) -> ModelResponse:
    """Text comes piece by piece, so that one that does not end is cut off early."""
    characters, most = 0, _most_characters(request)
    async with model_request_stream(model, messages, model_settings=settings) as stream:
        async for event in stream:
            match event:
                case (
                    PartStartEvent(part=TextPart(content=words))
                    | PartDeltaEvent(delta=TextPartDelta(content_delta=words))
                ):
                    if words and not characters:
                        begun()
                    characters += len(words)
            if characters > most:
                raise Trouble("invalid", f"the answer is longer than {most} characters", is_endpoint=False)
        response = stream.get()
    # Some endpoints end in words of their own.
    if response.finish_reason is None and not (response.provider_details or {}).get("finish_reason"):
        raise Trouble("unavailable", "the answer ended in the middle", may_pass=True)
    return response


def _messages(request: Request) -> Iterator[ModelMessage]:
    """The question, then each round of calls with what came of them."""
    told: ModelRequest = ModelRequest.user_text_prompt(request.prompt, instructions=request.system or None)
    names = {tool.name: wire for wire, tool in _wired(request.tools).items()}
    for round_ in request.rounds:
        yield told
        calls = [ToolCallPart(names.get(one.tool, one.tool), one.args or {}, one.id) for one in round_.calls]
        yield ModelResponse(parts=calls)
        told = ModelRequest(parts=list(_returned(round_, names)), instructions=request.system or None)
    if request.note:
        told = ModelRequest(parts=[*told.parts, UserPromptPart(request.note)], instructions=told.instructions)
    yield told


def _returned(round_: Round, names: Mapping[str, str]) -> Iterator[ToolReturnPart]:
    for call, words in zip(round_.calls, round_.told, strict=True):
        yield ToolReturnPart(names.get(call.tool, call.tool), words, call.id)


def _wired(tools: Iterable[Tool]) -> dict[str, Tool]:
    """The tools by the names that providers put up with: letters, figures and underscores, each once."""
    wired: dict[str, Tool] = {}
    for tool in tools:
        plain = _NOT_IN_NAMES.sub("_", tool.name)[:60]
        name = plain if plain not in wired and plain != TOOL else f"{plain}_{len(wired) + 1}"
        wired[name] = tool
    return wired


def _parameters(request: Request) -> ModelRequestParameters:
    """A value is asked for in the way that this model does best: by a tool, or by a schema of its output."""
    tools = [
        ToolDefinition(name=name, parameters_json_schema=told(tool.params), description=tool.description)
        for name, tool in _wired(request.tools).items()
    ]
    if request.schema is None:
        return ModelRequestParameters(function_tools=tools)
    schema = _as_object(told(request.schema))
    words = "Takes your answer. Call this once, instead of writing it."
    return ModelRequestParameters(
        function_tools=tools,
        # As the form of an answer, a schema is closed: what it does not name could not be said.
        output_mode="tool" if is_open(schema) else "auto",
        output_tools=[ToolDefinition(name=TOOL, parameters_json_schema=schema, description=words, kind="output")],
        output_object=OutputObjectDefinition(json_schema=schema, name=TOOL, description=words),
        allow_text_output=False,
    )


def _as_object(schema: dict[str, Any]) -> dict[str, Any]:
    """What a tool takes is always an object: any other value is asked for as its one field."""
    if _is_object(schema):
        return {"type": "object", **schema}
    return {"type": "object", "properties": {"content": schema}, "required": ["content"]}


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _most_characters(request: Request) -> int:
    return max(LEAST_CHARACTERS, request.max_tokens * CHARACTERS_A_TOKEN)


def _reply(endpoint: Endpoint, response: ModelResponse, request: Request) -> Reply:
    usage, cost = response.usage, _cost(response)
    if response.finish_reason == "content_filter":
        raise Trouble("rejected", f"{endpoint.name} declined to answer", is_endpoint=False, cost_usd=cost)
    if calls := _calls(response, request):
        return Reply(None, usage.input_tokens, usage.output_tokens, cost, calls=calls)
    content, unreadable = _content(response, request)
    if response.finish_reason == "length" and (unreadable or request.schema is None):
        unreadable = f"the answer was cut off, for it was longer than max_tokens ({request.max_tokens})"
    if not content and not unreadable and not usage.output_tokens:
        raise Trouble("unavailable", f"{endpoint.name} gave an empty answer", may_pass=True)
    return Reply(content, usage.input_tokens, usage.output_tokens, cost, unreadable)


def _calls(response: ModelResponse, request: Request) -> tuple[ToolCall, ...]:
    """What is asked for by name, also where nobody offered that; nothing as soon as there is an answer."""
    if not request.tools or any(call.tool_name == TOOL for call in response.tool_calls):
        return ()
    wired = _wired(request.tools)
    return tuple(
        ToolCall(
            id=call.tool_call_id,
            tool=wired[call.tool_name].name if call.tool_name in wired else call.tool_name[:80],
            args=_arguments(call),
        )
        for call in response.tool_calls
    )


def _arguments(call: ToolCallPart) -> JsonObject | None:
    try:
        given = json.loads(call.args) if isinstance(call.args, str) else call.args or {}
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or len(json.dumps(given)) > LONGEST_ARGUMENTS:
        return None
    try:
        kept = plain(given)
    except NotPlain:
        return None
    return kept if isinstance(kept, dict) else None


def _content(response: ModelResponse, request: Request) -> tuple[Json, str]:
    """What was given as plain JSON, and why it could not be read, if it could not."""
    words = response.text or ""
    if request.schema is None:
        return plain(words), "" if words.strip() else "the answer holds no text"
    given = [call.args for call in response.tool_calls if call.tool_name == TOOL] or [words] * bool(words.strip())
    if not given:
        return None, "the answer does not fill the schema"
    most = _most_characters(request)
    if any(len(one if isinstance(one, str) else json.dumps(one)) > most for one in given):
        raise Trouble("invalid", f"the answer is longer than {most} characters", is_endpoint=False)
    try:
        values = [plain(_read(one)) for one in given]
    except NotPlain:
        return None, "the answer is nested too deeply"
    except (ValueError, RecursionError):
        return None, "the answer is not valid JSON"
    if any(value != values[0] for value in values):
        return None, "several answers were given, and they differ"
    return _unwrapped(values[0], request.schema), ""


def _read(given: Any) -> Any:
    """Some models put a fence around their JSON."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    return json.loads(text.removeprefix("```json").removeprefix("```").removesuffix("```").strip())


def _unwrapped(value: Json, schema: JsonObject) -> Json:
    """What is no object was asked for as the one field of one."""
    is_wrapped = not _is_object(schema) and isinstance(value, dict) and set(value) == {"content"}
    return value["content"] if is_wrapped and isinstance(value, dict) else value


def _cost(response: ModelResponse) -> float | None:
    """In dollars, by the prices of genai-prices; None for a model that they do not list, and where no use is told."""
    if not response.usage.input_tokens and not response.usage.output_tokens:
        return None
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None
