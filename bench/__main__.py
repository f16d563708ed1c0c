"""Measure the claims, print them as a table, and keep it: ``python -m bench [--small] [--only NAME ...]``."""

import argparse
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import msgspec
import uvloop

import bench
from bench.ground.figure import Figure, table
from bench.ground.page import keep
from bench.ground.size import FULL, SMALL, Size
from bench.ground.town import Town
from tidings.database.embedded import Embedded


def claims() -> list[ModuleType]:
    """Give the claims there are, in their order."""
    found = [
        import_module(f"bench.{each.name}")
        for each in iter_modules(bench.__path__)
        if not each.ispkg and each.name != "__main__"
    ]
    return sorted(found, key=lambda each: each.ORDER)


async def measure(size: Size, only: list[str], folder: Path) -> dict[str, list[Figure]]:
    """Measure on a PostgreSQL of its own; gives the figures by claim."""
    server = Embedded(folder)
    server.start()
    figures: dict[str, list[Figure]] = {}
    try:
        for claim in claims():
            name = _name(claim)
            if only and name not in only:
                continue
            began = time.perf_counter()
            town = await Town.make(server.url, name, size)
            try:
                found = await claim.measure(town)
            finally:
                await town.close()
            figures[name] = found
            print(
                *table(found).splitlines()[2:],
                f"({name}: {time.perf_counter() - began:.0f} s)",
                sep="\n",
                file=sys.stderr,
            )
    finally:
        server.stop()
    return figures


def main() -> int:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--small", action="store_true", help="tiny sizes: shows that every measure runs, says nothing about speed"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of claims, as their files are called")
    parser.add_argument("--try", dest="trying", action="store_true", help="write nothing down")
    for name in ("people", "events", "many_people", "many_events", "long", "in_flight", "scheduled"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=f"instead of {getattr(FULL, name):,}")
    arguments = parser.parse_args()
    size = SMALL if arguments.small else FULL
    given = {name: value for name in Size.__struct_fields__ if (value := getattr(arguments, name, None)) is not None}
    size = msgspec.structs.replace(size, **given)
    folder = Path(tempfile.mkdtemp(prefix="tidings-bench-"))
    try:
        figures = uvloop.run(measure(size, arguments.only, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table([figure for found in figures.values() for figure in found]))
    if not arguments.small and not arguments.trying:
        keep(figures, [_name(claim) for claim in claims()])
    return 0


def _name(claim: ModuleType) -> str:
    return claim.__name__.rpartition(".")[2]


if __name__ == "__main__":
    sys.exit(main())
