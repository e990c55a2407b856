"""What the demo's tables begin with. People and shops are invented; example.com belongs to nobody."""

from datetime import date, datetime, timedelta

from bot.model.base import Json

Row = dict[str, Json]
EDITION = "seeds 2"
"""Another name here fills the tables of every desk once more with what they do not have yet."""

_ACCOUNTS = (
    ("C-101", "ada@example.com", "Ada Palmer", "enterprise", "active", 900),
    ("C-102", "ben@example.com", "Ben Okafor", "pro", "active", 640),
    ("C-103", "carla@example.com", "Carla Weiss", "free", "active", 120),
    ("C-104", "dimitri@example.com", "Dimitri Laskaris", "pro", "locked", 410),
    ("C-105", "elena@example.com", "Elena Rossi", "enterprise", "active", 1200),
    ("C-106", "farid@example.com", "Farid Haddad", "free", "active", 30),
    ("C-107", "grace@example.com", "Grace Lindqvist", "pro", "active", 365),
    ("C-108", "hugo@example.com", "Hugo Martin", "free", "locked", 75),
    ("C-109", "ines@example.com", "Inês Carvalho", "enterprise", "locked", 730),
    ("C-110", "jonas@example.com", "Jonas Brandt", "pro", "active", 210),
    ("C-111", "kim@example.com", "Kim Seo-yeon", "free", "active", 14),
    ("C-112", "lena@example.com", "Lena Fischer", "pro", "cancelled", 500),
    ("C-113", "marco@example.com", "Marco Bianchi", "free", "active", 90),
    ("C-114", "nora@example.com", "Nora Haugen", "enterprise", "active", 60),
)
# (id, account, status, items, cents, days ago, days until it arrives or None, tracking)
_ORDERS = (
    ("A-2001", "ada@example.com", "shipped", "Badge printer, 500 badges", 41_900, 4, 2, "TRK-88101"),
    ("A-2002", "ben@example.com", "processing", "Wall mount", 3_490, 1, 6, None),
    ("A-2003", "carla@example.com", "delivered", "Sign, brushed steel", 5_200, 21, None, "TRK-87010"),
    ("A-2004", "dimitri@example.com", "shipped", "Tablet stand", 7_950, 3, 1, "TRK-88077"),
    ("A-2005", "elena@example.com", "processing", "Kiosk, two units", 289_000, 2, 12, None),
    ("A-2006", "farid@example.com", "cancelled", "Label rolls", 1_450, 9, None, None),
    ("A-2007", "grace@example.com", "shipped", "Desk bell", 2_400, 5, 0, "TRK-88020"),
    ("A-2008", "hugo@example.com", "delayed", "Visitor book", 1_990, 11, 8, "TRK-87555"),
    ("A-2009", "ines@example.com", "delivered", "Queue posts, set of four", 33_600, 40, None, "TRK-86031"),
    ("A-2010", "jonas@example.com", "shipped", "Card reader", 8_900, 2, 3, "TRK-88140"),
    ("A-2011", "kim@example.com", "processing", "Name plates", 2_750, 0, 7, None),
    ("A-2012", "lena@example.com", "returned", "Tablet stand", 7_950, 33, None, "TRK-86400"),
    ("A-2013", "marco@example.com", "shipped", "Label printer", 12_900, 6, 1, "TRK-87990"),
    ("A-2014", "nora@example.com", "processing", "Kiosk", 144_500, 3, 9, None),
    ("A-2015", "ada@example.com", "delivered", "Badge holders", 6_600, 60, None, "TRK-85002"),
    ("A-2016", "ben@example.com", "delayed", "Door display", 22_400, 14, 5, "TRK-87201"),
)
# (id, account, cents, description, days ago). Ben was charged twice a small amount, and Elena a large one.
_CHARGES = (
    ("CH-3001", "ada@example.com", 48_000, "Enterprise plan, one month", 12),
    ("CH-3002", "ada@example.com", 41_900, "Order A-2001", 4),
    ("CH-3003", "ben@example.com", 1_900, "Pro plan, one month", 6),
    ("CH-3004", "ben@example.com", 1_900, "Pro plan, one month", 6),
    ("CH-3005", "ben@example.com", 1_900, "Pro plan, one month", 36),
    ("CH-3006", "carla@example.com", 5_200, "Order A-2003", 21),
    ("CH-3007", "dimitri@example.com", 1_900, "Pro plan, one month", 9),
    ("CH-3008", "dimitri@example.com", 7_950, "Order A-2004", 3),
    ("CH-3009", "elena@example.com", 48_000, "Enterprise plan, one month", 3),
    ("CH-3010", "elena@example.com", 48_000, "Enterprise plan, one month", 2),
    ("CH-3011", "elena@example.com", 48_000, "Enterprise plan, one month", 33),
    ("CH-3012", "farid@example.com", 1_450, "Order A-2006", 9),
    ("CH-3013", "grace@example.com", 1_900, "Pro plan, one month", 15),
    ("CH-3014", "grace@example.com", 2_400, "Order A-2007", 5),
    ("CH-3015", "hugo@example.com", 1_990, "Order A-2008", 11),
    ("CH-3016", "ines@example.com", 48_000, "Enterprise plan, one month", 20),
    ("CH-3017", "jonas@example.com", 1_900, "Pro plan, one month", 1),
    ("CH-3018", "jonas@example.com", 8_900, "Order A-2010", 2),
    ("CH-3019", "lena@example.com", 7_950, "Order A-2012", 33),
    ("CH-3020", "marco@example.com", 12_900, "Order A-2013", 6),
    ("CH-3021", "nora@example.com", 48_000, "Enterprise plan, one month", 25),
    ("CH-3022", "nora@example.com", 144_500, "Order A-2014", 3),
)
# (account, days until it renews, seats in use, second factor)
_SUBSCRIPTIONS = (
    ("ada@example.com", 18, 140, 1),
    ("ben@example.com", 24, 4, 1),
    ("carla@example.com", 20, 3, 0),
    ("dimitri@example.com", 21, 9, 1),
    ("elena@example.com", 28, 61, 1),
    ("farid@example.com", 10, 1, 0),
    ("grace@example.com", 15, 2, 1),
    ("hugo@example.com", 8, 2, 0),
    ("ines@example.com", 10, 35, 1),
    ("jonas@example.com", 29, 10, 1),
    ("kim@example.com", 16, 1, 1),
    ("lena@example.com", 3, 1, 0),
    ("marco@example.com", 12, 2, 0),
    ("nora@example.com", 5, 8, 1),
)
# (account, cents, months ago). Numbers are counted up from INV-5001.
_INVOICES = (
    ("ada@example.com", 48_000, 1), ("ada@example.com", 48_000, 2), ("ada@example.com", 48_000, 3),
    ("ben@example.com", 1_900, 1), ("ben@example.com", 1_900, 2), ("ben@example.com", 1_900, 3),
    ("dimitri@example.com", 1_900, 1),
    ("elena@example.com", 48_000, 1), ("elena@example.com", 48_000, 2),
    ("grace@example.com", 1_900, 1), ("grace@example.com", 1_900, 2),
    ("ines@example.com", 48_000, 1),
    ("jonas@example.com", 1_900, 1),
    ("nora@example.com", 48_000, 1),
)  # fmt: skip
# (part, state, what is told, hours ago)
_COMPONENTS = (
    ("sign_in", "ok", None, None),
    ("dashboard", "ok", None, None),
    ("exports", "degraded", "Exports to CSV and PDF take up to an hour", 2),
    ("api", "ok", None, None),
    ("notifications", "ok", None, None),
)
# (number, account, priority, what, status, days ago)
_TICKETS = (
    (901, "ben@example.com", "normal", "The calendar shows the wrong week", "open", 2),
    (902, "ada@example.com", "high", "Exports lack a column", "in progress", 1),
    (903, "grace@example.com", "low", "Logo on invoices", "closed", 12),
)
_WORKDAYS = range(5)


def rows_by_table(now: datetime) -> dict[str, list[Row]]:
    """Rows to insert, with dates around ``now``."""
    today = now.date()
    return {
        "demo_hours": [
            *({"weekday": day, "opens": "09:00", "closes": "17:30"} for day in _WORKDAYS),
            {"weekday": 5, "opens": "10:00", "closes": "14:00"},
        ],
        "demo_counter": [{"name": "ticket", "value": 1000}],
        "demo_subscription": [_subscription(today, *row) for row in _SUBSCRIPTIONS],
        "demo_invoice": [_invoice(today, number, *row) for number, row in enumerate(_INVOICES, start=5001)],
        "demo_component": [_component(now, *row) for row in _COMPONENTS],
        "demo_ticket": [_ticket(now, *row) for row in _TICKETS],
        "demo_order": [_order(today, row) for row in _ORDERS],
        "demo_charge": [_charge(today, *row) for row in _CHARGES],
        "demo_account": [_account(today, *row) for row in _ACCOUNTS],
    }


def _ago(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()


def _account(today: date, id_: str, email: str, name: str, plan: str, status: str, days: int) -> Row:
    created_on = _ago(today, days)
    return {"id": id_, "email": email, "name": name, "plan": plan, "status": status, "created_on": created_on}


def _order(today: date, row: tuple[str, str, str, str, int, int, int | None, str | None]) -> Row:
    id_, email, status, items, cents, days, due, tracking = row
    return {
        "id": id_,
        "email": email,
        "status": status,
        "items": items,
        "total_cents": cents,
        "currency": "EUR",
        "ordered_on": _ago(today, days),
        "eta": None if due is None else _ago(today, -due),
        "tracking": tracking,
    }


def _charge(today: date, id_: str, email: str, cents: int, description: str, days: int) -> Row:
    return {
        "id": id_,
        "email": email,
        "amount_cents": cents,
        "currency": "EUR",
        "description": description,
        "charged_on": _ago(today, days),
    }


def _subscription(today: date, email: str, days: int, seats: int, two_factor: int) -> Row:
    return {"email": email, "renews_on": _ago(today, -days), "seats_used": seats, "two_factor": two_factor}


def _invoice(today: date, number: int, email: str, cents: int, months: int) -> Row:
    counted = today.year * 12 + today.month - 1 - months
    month = f"{counted // 12}-{counted % 12 + 1:02}"
    id_ = f"INV-{number}"
    return {"id": id_, "email": email, "month": month, "amount_cents": cents, "currency": "EUR", "paid": 1}


def _component(now: datetime, area: str, state: str, what: str | None, hours: int | None) -> Row:
    since = None if hours is None else (now - timedelta(hours=hours)).isoformat()
    return {"area": area, "state": state, "what": what, "since": since}


def _ticket(now: datetime, number: int, email: str, priority: str, summary: str, status: str, days: int) -> Row:
    return {
        "number": number,
        "email": email,
        "priority": priority,
        "summary": summary,
        "status": status,
        "idempotency_key": f"seed {number}",
        "created_at": (now - timedelta(days=days)).isoformat(),
    }
