"""``python -m tests.golden record``: record the stories of the examples, and those of
publishes, with the engine of this version, where they are not yet.
``python -m tests.golden allow DECISION FILE...``: a difference is meant; write down what happens now, and the decision that says so."""

import sys
from pathlib import Path

from tests.golden.history import FOLDER, Change, read, record, replay, write
from tests.golden.scenes import goldens
from tidings import __version__
from tidings.project.body import make_body
from tidings.project.folder import read_folder
from tidings.project.stories import files
from tidings.project.stories import read as read_stories

EXAMPLES = Path(__file__).parents[2] / "examples"


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for."""
    match arguments:
        case ["record"]:
            for folder in sorted(path.parent for path in EXAMPLES.glob("*/tidings.toml")):
                body = make_body(read_folder(folder), {})
                for file in files(folder):
                    for n, test in enumerate(read_stories(file, folder)):
                        path = FOLDER / __version__ / f"{folder.name}-{file.stem}-{n}.json"
                        golden = record(__version__, test.story.test, body, test.story)
                        if golden.effects and not path.exists():
                            write(path, golden)
                            print(path)
            for name, golden in goldens(__version__):
                path = FOLDER / __version__ / f"{name}.json"
                if not path.exists():
                    write(path, golden)
                    print(path)
        case ["allow", decision, *names] if decision.isdigit() and names:
            for name in names:
                golden = read(Path(name))
                now = replay(golden)
                if now != golden.wanted:
                    golden.changes.append(Change(int(decision), now))
                    write(Path(name), golden)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
