"""One word has one meaning: no two classes or modules share a name, and docs/vocabulary.md is true."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("stanch", "activities", "workflows", "workers", "sandbox")
OURS = ""
"""The namespace of all that is in no integration's folder."""
CLASS = re.compile(r"^class ([A-Z]\w*)[(:]", re.MULTILINE)
PAGE = "docs/vocabulary.md"


def test_no_two_classes_of_ours_share_a_name() -> None:
    ours = {name: places[OURS] for name, places in classes().items() if OURS in places}

    twice = {name: paths for name, paths in ours.items() if len(paths) > 1 and name not in colliding()}

    assert not twice, told(twice, "Give one of them another name")


def test_no_class_of_ours_has_the_name_of_a_vendors() -> None:
    both = {
        name: sorted(path for paths in places.values() for path in paths)
        for name, places in classes().items()
        if OURS in places and len(places) > 1 and name not in colliding()
    }

    assert not both, told(
        both, f"Rename ours, or say under “Vendors' words that collide” in {PAGE} how they are told apart"
    )


def test_a_vendors_word_means_one_thing_on_each_side() -> None:
    twice = {
        name: paths
        for name, places in classes().items()
        for space, paths in places.items()
        if space != OURS and max(Counter(path.split("/")[0] for path in paths).values()) > 1
    }

    assert not twice, told(twice, "Give one of them another name")


def test_what_is_said_to_collide_does() -> None:
    gone = {name for name in colliding() if len(classes().get(name, {})) < 2}

    assert not gone, f"{', '.join(sorted(gone))} no longer collide with anything: take them out of {PAGE}"


def test_two_modules_of_ours_share_a_name_only_where_their_folders_tell_them_apart() -> None:
    ours = {name: places[OURS] for name, places in modules().items() if OURS in places}

    twice = {name: paths for name, paths in ours.items() if len(paths) > 1 and name not in repeating()}

    assert not twice, told(
        twice, f"Rename the one whose name says less, or list it under “File names that repeat” in {PAGE}"
    )


def test_every_file_name_that_is_said_to_repeat_does() -> None:
    once = {name for name in repeating() if sum(len(paths) for paths in modules().get(name, {}).values()) < 2}

    assert not once, f"{', '.join(sorted(once))}: no such file names repeat; take them out of {PAGE}"


def test_every_class_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", page()))

    gone = sorted(named - classes().keys())

    assert not gone, f"{PAGE} names {', '.join(gone)}, which is no public class: say what it is called now"


def told(found: dict[str, list[str]], mend: str) -> str:
    """Every name with where it stands, and what to do."""
    return "\n".join(
        [
            "One word has one meaning.",
            *(f"{name} is in {' and '.join(found[name])}" for name in sorted(found)),
            mend,
        ]
    )


@cache
def page() -> str:
    return (ROOT / PAGE).read_text()


def section(title: str) -> str:
    return page().partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def colliding() -> set[str]:
    """Classes whose name is a vendor's word too."""
    return set(re.findall(r"^- `(\w+)`:", section("Vendors' words that collide"), re.MULTILINE))


def repeating() -> set[str]:
    """Modules whose folder says what they are."""
    return set(re.findall(r"`(\w+)\.py`", section("File names that repeat")))


@cache
def classes() -> dict[str, dict[str, list[str]]]:
    """By name and namespace, the files in which a public class of that name is defined."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in files():
        for name in CLASS.findall(path.read_text()):
            found[name][namespace(path)].append(path.relative_to(ROOT).as_posix())
    return {name: dict(places) for name, places in found.items()}


@cache
def modules() -> dict[str, dict[str, list[str]]]:
    """By name and namespace, the modules of that name."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in files():
        if path.stem not in ("__init__", "__main__"):
            found[path.stem][namespace(path)].append(path.relative_to(ROOT).as_posix())
    return {name: dict(places) for name, places in found.items()}


def files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


@cache
def integrations() -> set[str]:
    """Every folder of `activities` and `sandbox`; one of a single file has a folder in the sandbox."""
    sides = ("activities", "sandbox")
    return {path.parent.name for side in sides for path in (ROOT / side).glob("*/*.py")} - {"causes"}


def namespace(path: Path) -> str:
    """The integration to which a file belongs, or ours."""
    side, *within = path.relative_to(ROOT).with_suffix("").parts
    if side in ("activities", "sandbox") and within[0] in integrations():
        return within[0]
    return OURS
