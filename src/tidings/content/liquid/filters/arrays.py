"""Filters over lists. What is no list counts as a list of one; nil as an empty one."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

from markupsafe import Markup

from tidings.content.liquid import compare
from tidings.content.liquid.filters.numbers import number, whole
from tidings.content.liquid.limits import bounded
from tidings.content.liquid.values import item, safe_text, text


def listed(value: Any) -> list[Any]:
    """Give the items of a value."""
    if value is None:
        return []
    if isinstance(value, (list, tuple, range)):
        return list(_flat(value))
    return [value]


def _flat(values: Any, depth: int = 5) -> Any:
    for value in values:
        if depth and isinstance(value, (list, tuple)):
            yield from _flat(value, depth - 1)
        else:
            yield value


def read(entry: Any, key: Any) -> Any:
    """Read a property, by a dotted path too; nil where there is none."""
    for part in (
        text(key).split(".") if isinstance(key, str) and not (isinstance(entry, Mapping) and key in entry) else [key]
    ):
        try:
            entry = item(entry, part)
        except (KeyError, IndexError, TypeError):
            return None
    return entry


def join(value: Any, separator: Any = " ", *, environment: Any) -> str:
    mark = safe_text(separator)
    entries = [safe_text(entry) for entry in listed(value)]
    bounded(sum(map(len, entries)) + len(mark) * len(entries))
    if environment.autoescape and not isinstance(mark, Markup):
        mark = Markup.escape(mark)
    return mark.join(entries)


def array_to_sentence_string(value: Any, word: Any = "and", *, environment: Any) -> str:
    """``a, b, and c``."""
    entries = [safe_text(entry) for entry in listed(value)]
    kind = Markup if environment.autoescape else str
    if len(entries) < 3:
        return kind(" ").join(
            list(chain.from_iterable((entry, safe_text(word)) for entry in entries))[: 2 * len(entries) - 1]
        )
    return kind(", ").join([*entries[:-1], kind(" ").join([safe_text(word), entries[-1]])])


def first(value: Any) -> Any:
    if isinstance(value, Mapping):
        return next(iter(value.items()), None)
    return value[0] if isinstance(value, (list, tuple, range)) and len(value) else None


def last(value: Any) -> Any:
    return value[-1] if isinstance(value, (list, tuple, range)) and len(value) else None


def concat(value: Any, more: Any) -> list[Any]:
    return [*listed(value), *listed(more)]


def compact(value: Any, key: Any = None) -> list[Any]:
    return [entry for entry in listed(value) if (entry if key is None else read(entry, key)) is not None]


def map_(value: Any, key: Any) -> list[Any]:
    return [read(entry, key) for entry in listed(value)]


def reverse(value: Any) -> list[Any]:
    return listed(value)[::-1]


def sort(value: Any, key: Any = None) -> list[Any]:
    """Numbers before texts, nil at the end: a mixed list sorts too."""
    return sorted(listed(value), key=lambda entry: _rank(entry if key is None else read(entry, key)))


def sort_natural(value: Any, key: Any = None) -> list[Any]:
    return sorted(listed(value), key=lambda entry: _rank(entry if key is None else read(entry, key), natural=True))


def _rank(value: Any, natural: bool = False) -> tuple[int, Any, str]:
    if value is None:
        return (3, 0, "")
    if isinstance(value, (int, float)) and not natural:
        return (0, value, "")
    return (1, 0, text(value).lower() if natural else text(value))


def uniq(value: Any, key: Any = None) -> list[Any]:
    seen: set[str] = set()
    kept = []
    for entry in listed(value):
        mark = _mark(entry if key is None else read(entry, key))
        if mark not in seen:
            seen.add(mark)
            kept.append(entry)
    return kept


def _mark(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (
        f"{'text' if isinstance(value, str) else 'value'} {value!s}" if not isinstance(value, bool) else f"bool {value}"
    )


def sum_(value: Any, key: Any = None) -> Any:
    total: Any = sum(number(entry if key is None else read(entry, key)) for entry in listed(value))
    return round(total, 10) if isinstance(total, float) else total


def _holds(entry: Any, key: Any, wanted: Any) -> bool:
    value = read(entry, key)
    return compare.truthy(value) if wanted is None else compare.equal(value, wanted)


def where(value: Any, key: Any, wanted: Any = None) -> list[Any]:
    return [entry for entry in listed(value) if _holds(entry, key, wanted)]


def where_not(value: Any, key: Any, wanted: Any = None) -> list[Any]:
    return [entry for entry in listed(value) if not _holds(entry, key, wanted)]


def find(value: Any, key: Any, wanted: Any = None) -> Any:
    return next((entry for entry in listed(value) if _holds(entry, key, wanted)), None)


def find_index(value: Any, key: Any, wanted: Any = None) -> Any:
    return next((at for at, entry in enumerate(listed(value)) if _holds(entry, key, wanted)), None)


def has(value: Any, key: Any, wanted: Any = None) -> bool:
    return any(_holds(entry, key, wanted) for entry in listed(value))


def group_by(value: Any, key: Any) -> list[Any]:
    """Lists of ``{name, items, size}``, in the order the names first appear."""
    return grouped([(read(entry, key), entry) for entry in listed(value)])


def grouped(pairs: list[tuple[Any, Any]]) -> list[Any]:
    """Gather items under their names."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in pairs:
        found.setdefault(_mark(name), {"name": name, "items": []})["items"].append(entry)
    return [{**group, "size": len(group["items"])} for group in found.values()]


def limit(value: Any, count: Any) -> list[Any]:
    return listed(value)[: max(0, whole(count))]


def pop(value: Any, count: Any = 1) -> list[Any]:
    entries = listed(value)
    return entries[: max(0, len(entries) - max(0, whole(count)))]


def shift(value: Any, count: Any = 1) -> list[Any]:
    return listed(value)[max(0, whole(count)) :]


def push(value: Any, entry: Any) -> list[Any]:
    return [*listed(value), entry]


def unshift(value: Any, entry: Any) -> list[Any]:
    return [entry, *listed(value)]


FILTERS: Final = {
    "array_to_sentence_string": array_to_sentence_string,
    "compact": compact,
    "concat": concat,
    "find": find,
    "find_index": find_index,
    "first": first,
    "group_by": group_by,
    "has": has,
    "join": join,
    "json_array_uniq": uniq,
    "last": last,
    "limit": limit,
    "map": map_,
    "pop": pop,
    "push": push,
    "reject": where_not,
    "reverse": reverse,
    "shift": shift,
    "sort": sort,
    "sort_natural": sort_natural,
    "sum": sum_,
    "uniq": uniq,
    "unshift": unshift,
    "where": where,
    "where_not": where_not,
}
